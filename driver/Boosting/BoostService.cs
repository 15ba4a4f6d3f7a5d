using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Boosting;

/// <summary>Hands programs a descriptor of a file of the cache, where all of one version lies in it or some of it with a map of its pages: the
/// driver's side of the booster.</summary>
/// <remarks>It hands out nothing but such descriptors, open for reading, to the program alone that asked, and the kernel lets only those ask
/// that may read the file.</remarks>
internal sealed class BoostService(
    Boosters boosters, Loans loans, Passthrough passthrough, DataService data, Counters counters, TimeProvider time) : IDisposable
{
    private const int Attempts = 2;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), ArladLimit = TimeSpan.FromSeconds(1);

    public Boosters Boosters => boosters;

    public Loans Loans => loans;

    /// <summary>The value of <c>user.nnpfs.booster</c>: the protocol's version and the mount's identity; null: there is no socket.</summary>
    public string? Greeting => boosters.Identity is { } identity ? $"{BoostAsk.Version} {identity}" : null;

    /// <summary>Sends the descriptor, if there is one to send.</summary>
    /// <param name="node">a file; of one version</param>
    /// <param name="content">of that version</param>
    /// <param name="ask">by whom it was asked</param>
    /// <param name="request">by which: its interrupt ends a wait for arlad</param>
    /// <returns>what is answered; when it says that it was sent, it was</returns>
    public async ValueTask<BoostGrant> BoostAsync(Node node, Content content, BoostAsk ask, Request request)
    {
        BoostOutcome outcome = BoostOutcome.NoFile;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            outcome = TryBoost(node, content, ask, out bool mustAsk);
            if (!mustAsk || attempt + 1 == Attempts || await AskArladAsync(content, request.Interrupt) != 0)
                break;
        }
        counters.CountBoost(outcome, content.Size);
        return new(outcome, ask, content.Size);
    }

    /// <summary>Finds who and what is gone, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                boosters.Sweep();
                loans.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // the mount ends
        }
    }

    /// <summary>The value of <c>user.nnpfs.boosters</c>: what was handed out, and the programs that are connected now.</summary>
    public string ToJson()
    {
        IEnumerable<string> programs = boosters.All.Select(program => string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"pid\":{program.Peer.ProcessId},\"uid\":{program.Peer.Uid},\"files\":{program.Files},\"bytes\":{program.Bytes}}}"));
        return $"{{\"files\":{counters.BoostedOpens},\"bytes\":{counters.BoostedBytes},\"lent\":{loans.Count},\"programs\":[{string.Join(',', programs)}]}}";
    }

    public void Dispose()
    {
        boosters.Dispose();
        loans.Dispose();
    }

    private BoostOutcome TryBoost(Node node, Content content, in BoostAsk ask, out bool mustAsk)
    {
        mustAsk = false;
        if (boosters.Find(ask.Secret) is not { } who)
            return BoostOutcome.Stranger;
        if (passthrough.HeldBy(node, out _) == ReadMode.Passthrough)
            return BoostOutcome.Passthrough;
        BlockSource? whole = content.Whole;
        if ((whole ?? PartOf(content, ask)) is not { } source)
            return content.Tally().Pages < content.Geometry.PagesIn(content.Size) ? BoostOutcome.NotWhole : BoostOutcome.ManyFiles;
        SharedMap? map = null;
        Result<SafeFd> lent = whole is not null ? loans.Lend(source, content.Size) : loans.LendPart(source, content, out map);
        if (!lent.TryGet(out SafeFd? file, out Errno errno))
        {
            mustAsk = errno == Errno.EBADF;
            return errno == Errno.ENOSPC ? BoostOutcome.NoRoom : BoostOutcome.NoFile;
        }
        using (file)
        {
            BoostOutcome sent = Send(who, file, new(map is null ? BoostOutcome.Sent : BoostOutcome.Part, ask, content.Size), ask.Secret);
            if (sent == BoostOutcome.Part)
                sent = Send(who, map!.Descriptor, new(BoostOutcome.Part, ask, map.Length), ask.Secret);
            if (sent is BoostOutcome.Sent or BoostOutcome.Part)
                who.Count(sent == BoostOutcome.Sent ? content.Size : 0);
            return sent;
        }
    }

    /// <summary>The file that has some of the pages, for who can do with that.</summary>
    private static BlockSource? PartOf(Content content, in BoostAsk ask) =>
        ask.Way == BoostWay.TakesParts && content is { IsUsed: true, Blocks: <= SharedMap.MostBlocks, OneFile: { } file } && content.BlockIn(file) >= 0 ? file : null;

    private BoostOutcome Send(Booster who, SafeFd file, BoostGrant grant, UInt128 secret)
    {
        Errno errno = who.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<BoostGrant>(in grant)), file);
        if (errno == 0)
            return grant.Outcome;
        if (errno == Errno.EAGAIN)
            return BoostOutcome.Slow;
        boosters.Drop(secret);
        return BoostOutcome.Stranger;
    }

    /// <summary>The file comes by descriptor, and is not open here. The program waits meanwhile: not for long.</summary>
    private async ValueTask<Errno> AskArladAsync(Content content, CancellationToken interrupt)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        limit.CancelAfter(ArladLimit);
        return await data.OpenFileAsync(content, limit.Token);
    }
}
