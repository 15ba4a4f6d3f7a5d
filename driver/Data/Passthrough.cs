using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Nodes;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>Decides for each open how its reads go, and keeps one backing file per version that is read past us.</summary>
/// <remarks>It asks nobody and waits for nobody: what is known to be whole is, for as long as its file can be opened and locked.</remarks>
internal sealed class Passthrough(BlockFiles files, Counters counters, LentRoom room, ILogger log)
{
    /// <summary>Bytes: to lend a smaller file and to take it back costs each open more than its reads through the page cache can.</summary>
    public const int Smallest = 64 * 1024;

    private readonly Lock[] _gates = [.. Enumerable.Range(0, 64).Select(_ => new Lock())]; // by the node's key
    private volatile IBackingDevice? _device;
    private string _off = "the mount has just begun";

    /// <summary>Why nothing at all is passed through; empty: it is.</summary>
    public string Off => Volatile.Read(ref _off);

    /// <summary>The kernel is there.</summary>
    public void Attach(BackingOffer offer)
    {
        _device = offer.Device;
        TurnOff(offer.Reason);
    }

    /// <summary>An open of a file is about to be answered.</summary>
    /// <param name="node">of the file</param>
    /// <param name="content">its version's</param>
    /// <param name="id">with <see cref="ReadMode.Passthrough"/>: the backing id</param>
    /// <returns>how; to be given back with <see cref="Close"/></returns>
    public ReadMode Open(Node node, Content content, out int id)
    {
        lock (GateOf(node))
        {
            ReadMode held = HeldLocked(node);
            bool isWhole = held == ReadMode.None && Off.Length == 0 && content.Size >= Smallest && content.FileName is not null;
            ReadMode mode = ReadModes.Answer(held, isWhole);
            if (mode == ReadMode.Passthrough && (node.Backing ??= Back(content)) is { } backing)
            {
                backing.Opens++;
                Interlocked.Increment(ref counters.PassthroughOpens);
                id = backing.Id;
                return mode;
            }
            node.CachedOpens++;
            id = 0;
            return ReadMode.Cached;
        }
    }

    public void Close(Node node, ReadMode mode)
    {
        if (mode == ReadMode.None)
            return;
        lock (GateOf(node))
        {
            if (mode == ReadMode.Cached)
                node.CachedOpens--;
            else if (--node.Backing!.Opens == 0)
                End(node);
        }
    }

    /// <inheritdoc cref="LentRoom.Crowded"/>
    public string Crowded(long size) => room.Crowded(size);

    /// <summary>How the version is open now.</summary>
    public ReadMode HeldBy(Node node, out int opens)
    {
        lock (GateOf(node))
        {
            opens = node.Backing?.Opens ?? node.CachedOpens;
            return HeldLocked(node);
        }
    }

    private static ReadMode HeldLocked(Node node) =>
        node.Backing is not null ? ReadMode.Passthrough : node.CachedOpens > 0 ? ReadMode.Cached : ReadMode.None;

    private Backing? Back(Content content)
    {
        if (_device is not { } device || !room.Has(content.Size) || content.FileName is not { } name
            || !files.OpenNew(name).TryGet(out SafeFd? file, out _))
            return null;
        // The mark first: a file that still has its name then keeps it, since arlad unlinks nothing that it cannot take.
        bool isThere = Disk.TryUse(file) == 0 && Disk.Extent(file).TryGet(out FileExtent extent, out _)
            && extent is { IsRegular: true, HasName: true } && extent.Length == content.Size;
        Result<int> id = isThere ? device.OpenBacking(file) : Errno.ENOENT;
        if (id.IsOk)
        {
            Interlocked.Increment(ref counters.BackingIds);
            room.Take(content.Size);
            return new Backing(id.Value, file, content.Size);
        }
        file.Dispose();
        if (isThere && id.Errno is not (Errno.ENODEV or Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM))
            TurnOff(BackingOffer.Explain(id.Errno)); // every other open would fail as well
        return null;
    }

    private void TurnOff(string reason)
    {
        if (Interlocked.Exchange(ref _off, reason) != reason && reason.Length > 0)
            log.PassthroughOff(reason);
    }

    private void End(Node node)
    {
        node.Backing!.End(_device!);
        room.GiveBack(node.Backing.Size);
        node.Backing = null;
        Interlocked.Decrement(ref counters.BackingIds);
    }

    private Lock GateOf(Node node) => _gates[node.Key % (ulong)_gates.Length];
}
