using System.Runtime.CompilerServices;
using System.Text;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>A volume in memory: files by path, whole in its cache once they were prefetched.</summary>
internal sealed class FakeVolume(string name) : IVolumeAdmin
{
    private readonly Dictionary<OriginPath, (NodeId Node, long Size)> _files = [];
    private readonly HashSet<OriginPath> _pins = [];
    private readonly HashSet<OriginPath> _cached = [];
    private ulong _lastNode = 0x10;

    public string Name => name;

    public OriginInfo Origin { get; } = new("memory:" + name, IsRemote: false);

    public int BlockSize => 4 << 20;

    public ulong Epoch { get; private set; } = 1;

    public NodeError? LastError { get; set; }

    public List<MountReport> Mounts { get; } = [];

    IReadOnlyList<MountReport> IVolumeAdmin.Mounts => Mounts;

    public List<Waiter> Waiters { get; } = [];

    IReadOnlyList<Waiter> IVolumeAdmin.Waiters => Waiters;

    public VolumeUsage Usage => new(_files.Count, _cached.Sum(path => _files[path].Size));

    /// <summary>Stands in for every answer while it is not zero.</summary>
    public Errno FailWith { get; set; }

    /// <summary>Ends a prefetch that waits before its last file; null = it does not wait.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Calls that wait for <see cref="Gate"/> and were cancelled.</summary>
    public int Cancelled { get; private set; }

    /// <summary>Directories above it are made. A size of -1 makes a directory.</summary>
    public FakeVolume Add(ReadOnlySpan<byte> path, long size)
    {
        Assert.True(OriginPath.TryParse(path, out OriginPath parsed));
        for (OriginPath parent = parsed.Parent; ; parent = parent.Parent)
        {
            _files.TryAdd(parent, (new NodeId(++_lastNode), -1));
            if (parent.IsRoot)
                break;
        }
        _files[parsed] = (new NodeId(++_lastNode), size);
        return this;
    }

    public ValueTask<Result<NodeId>> FindAsync(OriginPath path, CancellationToken cancel) => ValueTask.FromResult(
        FailWith != 0 ? FailWith : _files.TryGetValue(path, out var file) ? Result.Of(file.Node) : Errno.ENOENT);

    public ValueTask<Result<NodeReport>> ReportAsync(NodeId node, CancellationToken cancel)
    {
        foreach ((OriginPath path, (NodeId id, long size)) in _files)
        {
            if (id == node)
                return ValueTask.FromResult(Result.Of(ReportOf(path, id, size)));
        }
        return ValueTask.FromResult(Result.Fail<NodeReport>(Errno.ENOENT));
    }

    public async ValueTask<Result<IReadOnlyList<NodeReport>>> ListAsync(NodeId directory, CancellationToken cancel)
    {
        NodeReport report = (await ReportAsync(directory, cancel)).Value;
        if (report.Facts.Kind != OriginKind.Directory)
            return Errno.ENOTDIR;
        return _files.Where(file => file.Key.Parent == report.Path && !file.Key.IsRoot)
            .Select(file => ReportOf(file.Key, file.Value.Node, file.Value.Size))
            .OrderBy(entry => Encoding.Latin1.GetString(entry.Path.Name), StringComparer.Ordinal).ToList();
    }

    public async ValueTask<Result<InvalidationReport>> InvalidateAsync(InvalidationTarget target, CancellationToken cancel)
    {
        OriginPath path = target.Path;
        if (target.Node != NodeId.None)
        {
            Result<NodeReport> report = await ReportAsync(target.Node, cancel);
            if (!report.IsOk)
                return report.Errno;
            path = report.Value.Path;
        }
        if (!_files.ContainsKey(path))
            return Errno.ENOENT;
        return new InvalidationReport(target.Recursive ? Beneath(path).Count : 1, Mounts.Count, 0, ++Epoch);
    }

    public async IAsyncEnumerable<PrefetchProgress> PrefetchAsync(OriginPath path, [EnumeratorCancellation] CancellationToken cancel)
    {
        OriginPath[] files = [.. Beneath(path).Where(file => _files[file].Size >= 0)];
        long bytes = files.Sum(file => _files[file].Size);
        var progress = new PrefetchProgress { FilesTotal = files.Length, BytesTotal = bytes, Walked = true, Current = path };
        yield return progress;
        foreach (OriginPath file in files)
        {
            if (file.Equals(files[^1]) && Gate is { } gate)
                await WaitAsync(gate, cancel);
            _cached.Add(file);
            progress = progress with { FilesDone = progress.FilesDone + 1, BytesDone = progress.BytesDone + _files[file].Size, Current = file };
            yield return progress;
        }
        bool failed = FailWith != 0;
        yield return progress with { Finished = true, Failed = failed ? 1 : 0, LastErrno = FailWith };
    }

    public async IAsyncEnumerable<PrefetchProgress> PrefetchAsync(
        IReadOnlyList<FetchedRange> ranges, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        _cached.UnionWith(ranges.Select(range => range.Path));
        long bytes = ranges.Sum(range => range.Length);
        yield return new PrefetchProgress
        {
            FilesTotal = ranges.Count,
            FilesDone = ranges.Count,
            BytesTotal = bytes,
            BytesDone = bytes,
            Walked = true,
            Finished = true,
        };
    }

    public ValueTask<Errno> PinAsync(OriginPath path, CancellationToken cancel) => ValueTask.FromResult(Pin(path));

    public ValueTask<Errno> UnpinAsync(OriginPath path, CancellationToken cancel) => ValueTask.FromResult(_pins.Remove(path) ? 0 : Errno.ENOENT);

    public ValueTask<IReadOnlyList<OriginPath>> PinsAsync(CancellationToken cancel) => ValueTask.FromResult<IReadOnlyList<OriginPath>>([.. _pins]);

    public ValueTask<Result<FlushReport>> FlushAsync(OriginPath path, CancellationToken cancel)
    {
        OriginPath[] gone = [.. Beneath(path).Where(_cached.Contains)];
        _cached.ExceptWith(gone);
        return ValueTask.FromResult(Result.Of(new FlushReport(gone.Length, gone.Sum(file => _files[file].Size))));
    }

    private Errno Pin(OriginPath path)
    {
        if (!_files.ContainsKey(path))
            return Errno.ENOENT;
        _pins.Add(path);
        return 0;
    }

    private async Task WaitAsync(TaskCompletionSource gate, CancellationToken cancel)
    {
        try
        {
            await gate.Task.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            Cancelled++;
            throw;
        }
    }

    private List<OriginPath> Beneath(OriginPath path) => [.. _files.Keys.Where(file => file == path || IsBeneath(file, path))];

    private static bool IsBeneath(OriginPath file, OriginPath directory) =>
        !file.IsRoot && (directory.IsRoot || (file.Bytes.StartsWith(directory.Bytes) && file.Bytes[directory.Bytes.Length..].StartsWith("/"u8)));

    private NodeReport ReportOf(OriginPath path, NodeId id, long size) => new()
    {
        Id = id,
        Path = path,
        Facts = new()
        {
            Kind = size < 0 ? OriginKind.Directory : OriginKind.File,
            Permissions = size < 0 ? 0x1EDu : 0x1A4u,
            Size = Math.Max(size, 0),
            MtimeNs = 1_700_000_000_000_000_000,
            Validator = new("v1", IsStrong: true),
        },
        Version = 7,
        CachedBytes = _cached.Contains(path) ? size : 0,
        IsWhole = _cached.Contains(path),
        IsPinned = _pins.Contains(path),
        Expires = DateTimeOffset.UtcNow.AddSeconds(30),
        LastError = LastError,
    };
}
