using System.Text;
using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What the admin may ask for.</summary>
internal sealed partial class Volume
{
    public NodeError? LastError => _lastError;

    public VolumeUsage Usage => _cache.Usage is var usage ? new(usage.Nodes, usage.Bytes) : default;

    public async ValueTask<Result<NodeId>> FindAsync(OriginPath path, CancellationToken cancel)
    {
        NodeId node = _tree.Root;
        foreach (byte[] name in NamesOf(path))
        {
            using Wait wait = NewWait("find", node);
            Result<Grant> found = await LookupAsync(node, name, wait, cancel);
            if (!found.IsOk)
                return found.Errno;
            if (found.Value.Node is not { } next)
                return Errno.ENOENT;
            node = next.Id;
        }
        return node;
    }

    public ValueTask<Result<NodeReport>> ReportAsync(NodeId node, CancellationToken cancel)
    {
        Result<NodeRecord> record = _cache.Get(node);
        return new(record.IsOk ? ReportOf(record.Value) : record.Errno);
    }

    public async ValueTask<Result<IReadOnlyList<NodeReport>>> ListAsync(NodeId directory, CancellationToken cancel)
    {
        long since = _fresh.Moment;
        if (!_cache.Get(directory).TryGet(out NodeRecord? record, out Errno errno))
            return errno;
        if (record.Facts.Kind != OriginKind.Directory)
            return Errno.ENOTDIR;
        if (record.Listing is null || !IsFresh(Known(record, since)))
        {
            using Wait wait = NewWait("list", directory);
            Result<Grant> listed = await AskListingAsync(record, since, wait, cancel);
            if (!listed.IsOk)
                return listed.Errno;
        }
        List<NodeReport> reports = [];
        foreach (NodeRecord child in _tree.Children(directory))
        {
            if (ReportOf(child) is { IsOk: true } report)
                reports.Add(report.Value);
        }
        return reports;
    }

    /// <summary>The extended attributes that need arlad: where the node comes from.</summary>
    public ValueTask<Result<ReadOnlyMemory<byte>>> GetXattrAsync(NodeId node, ReadOnlyMemory<byte> name, CancellationToken cancel)
    {
        string? value = Encoding.UTF8.GetString(name.Span) switch
        {
            "user.nnpfs.origin" => OriginOf(node),
            _ => null,
        };
        return new(value is null ? Errno.ENODATA : Result.Of((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(value)));
    }

    public async ValueTask<Result<FlushReport>> FlushAsync(OriginPath path, CancellationToken cancel)
    {
        if (!(await FindAsync(path, cancel)).TryGet(out NodeId top, out Errno errno)
            || !_cache.Subtree(top).TryGet(out IReadOnlyList<NodeId>? nodes, out errno))
            return errno;
        long freed = 0, count = 0;
        foreach (NodeId node in nodes)
        {
            cancel.ThrowIfCancellationRequested();
            long bytes = _cache.Get(node) is { IsOk: true, Value: { Version: not 0, Facts.Kind: OriginKind.File } record }
                ? _cache.Flush(node, record.Version) : 0;
            freed += bytes;
            count += bytes > 0 ? 1 : 0;
        }
        return new FlushReport(count, freed);
    }

    private string? OriginOf(NodeId node) =>
        _tree.PathOf(node) is { IsOk: true } path ? $"{Origin.Name.TrimEnd('/')}/{path.Value}" : null;

    private Result<NodeReport> ReportOf(NodeRecord record)
    {
        if (!_tree.PathOf(record.Id).TryGet(out OriginPath path, out Errno errno))
            return errno;
        long size = record.Facts.Kind == OriginKind.Directory ? record.Listing?.Size ?? 0 : record.Facts.Size;
        long cached = 0;
        if (record.Version != 0 && record.Facts.Kind is OriginKind.File or OriginKind.Directory
            && _cache.HoldKnown(record.Id, record.Version) is { IsOk: true } content)
        {
            cached = content.Value.FilledBytes();
            content.Value.Release();
        }
        long left = Known(record, 0).FreshUntil - _fresh.Now;
        return new NodeReport
        {
            Id = record.Id,
            Path = path,
            Facts = record.Facts,
            Version = record.Version,
            CachedBytes = cached,
            IsWhole = record.Facts.Kind == OriginKind.Directory ? record.Listing is not null && cached == size : cached == size,
            Expires = left > 0 ? _time.GetUtcNow().AddMilliseconds(left) : null,
            IsPinned = IsPinned(record.Id),
            LastError = ErrorOf(record.Id),
        };
    }

    /// <summary>A wait of arlad's own, that people are told of until it is disposed of.</summary>
    private Wait NewWait(string operation, NodeId node)
    {
        var wait = new Wait(operation, node, _time.GetUtcNow()) { Ended = EndWait };
        lock (_gate)
            _waits.Add(wait);
        return wait;
    }

    private void EndWait(Wait wait)
    {
        lock (_gate)
            _waits.Remove(wait);
    }

    private static IEnumerable<byte[]> NamesOf(OriginPath path) =>
        path.IsRoot ? [] : NamesOf(path.Parent).Append(path.Name.ToArray());

    private NodeError? ErrorOf(NodeId node)
    {
        lock (_gate)
            return _errors.GetValueOrDefault(node);
    }

    private void NoteError(NodeId node, string operation, Errno errno)
    {
        var error = new NodeError(operation, errno, _time.GetUtcNow());
        lock (_gate)
        {
            _lastError = error;
            if (_errors.Count >= MaxErrors)
                _errors.Clear();
            _errors[node] = error;
        }
    }
}
