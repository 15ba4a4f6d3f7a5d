using System.Runtime.CompilerServices;
using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Fetching whole trees because a person asked for it.</summary>
internal sealed partial class Volume
{
    private const int PrefetchAtOnce = 8; // files: the pool decides how many requests
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(250);

    public IAsyncEnumerable<PrefetchProgress> PrefetchAsync(OriginPath path, CancellationToken cancel) =>
        ReportAsync((tally, stop) => PrefetchTreeAsync(path, tally, stop), cancel);

    public IAsyncEnumerable<PrefetchProgress> PrefetchAsync(IReadOnlyList<FetchedRange> ranges, CancellationToken cancel) =>
        ReportAsync((tally, stop) => PrefetchRangesAsync(ranges, tally, stop), cancel);

    private async IAsyncEnumerable<PrefetchProgress> ReportAsync(
        Func<PrefetchTally, CancellationToken, Task> prefetch, [EnumeratorCancellation] CancellationToken cancel)
    {
        var tally = new PrefetchTally();
        yield return tally.Now(finished: false);
        Task work = prefetch(tally, cancel);
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(ReportEvery, _time, cancel));
            if (!work.IsCompleted)
                yield return tally.Now(finished: false);
        }
        await work;
        yield return tally.Now(finished: true);
    }

    private async Task PrefetchTreeAsync(OriginPath path, PrefetchTally tally, CancellationToken cancel)
    {
        Result<NodeId> top = await FindAsync(path, cancel);
        if (!top.IsOk)
        {
            tally.Fail(path, top.Errno);
            return;
        }
        await Parallel.ForEachAsync(
            FilesBeneathAsync(top.Value, tally, cancel),
            new ParallelOptions { MaxDegreeOfParallelism = PrefetchAtOnce, CancellationToken = cancel },
            async (file, stop) => await PrefetchFileAsync(file, tally, stop));
    }

    /// <summary>Every file at and beneath a node, as the walk finds them: a directory's own before those of its directories.</summary>
    private async IAsyncEnumerable<NodeReport> FilesBeneathAsync(NodeId top, PrefetchTally tally, [EnumeratorCancellation] CancellationToken cancel)
    {
        Stack<NodeId> left = new([top]);
        while (left.TryPop(out NodeId node))
        {
            Result<Grant> known;
            using (Wait wait = NewWait("prefetch", node))
                known = await GetAttributesAsync(node, wait, cancel);
            if (!known.IsOk)
            {
                tally.Fail(_tree.PathOf(node) is { IsOk: true } path ? path.Value : default, known.Errno);
                continue;
            }
            if (known.Value.Node!.Facts.Kind != OriginKind.Directory)
            {
                if (known.Value.Node.Facts.Kind == OriginKind.File && ReportOf(known.Value.Node) is { IsOk: true } file)
                    yield return tally.Found(file.Value);
                continue;
            }
            Result<IReadOnlyList<NodeReport>> entries = await ListAsync(node, cancel);
            if (!entries.IsOk)
                tally.Fail(_tree.PathOf(node) is { IsOk: true } path ? path.Value : default, entries.Errno);
            foreach (NodeReport entry in entries.IsOk ? entries.Value : [])
            {
                if (entry.Facts.Kind == OriginKind.File && entry.Version != 0)
                    yield return tally.Found(entry);
                else if (entry.Facts.Kind is OriginKind.Directory or OriginKind.File)
                    left.Push(entry.Id);
            }
        }
        tally.Walked = true;
    }

    private async ValueTask PrefetchFileAsync(NodeReport file, PrefetchTally tally, CancellationToken cancel)
    {
        tally.Current = file.Path;
        if (file.Facts.Size == 0 || file.IsWhole)
        {
            tally.Done(file.Facts.Size);
            return;
        }
        if (!_tree.Get(file.Id).TryGet(out NodeRecord? record, out Errno errno))
        {
            tally.Fail(file.Path, errno);
            return;
        }
        Errno failed = await FetchAheadAsync(record, file.Path, 0, record.Facts.Size, cancel);
        if (failed == 0)
            tally.Done(file.Facts.Size);
        else
            tally.Fail(file.Path, failed);
    }

    private async ValueTask<Errno> FetchAheadAsync(NodeRecord file, OriginPath path, long offset, long length, CancellationToken cancel)
    {
        OpenContent open = _contents.Open(file, path);
        using Wait wait = NewWait("prefetch", file.Id);
        try
        {
            return (await open.Fetcher.FetchAsync(new FetchRequest(offset, length, Background: true, Progress: WatchOf(wait)), cancel)).Errno;
        }
        finally
        {
            _contents.Close(open);
        }
    }
}
