using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>One origin and what is cached of it, as the mounts and the admin see it. Knows nothing of messages.</summary>
/// <remarks>
/// It answers from the index while a token holds, else asks the origin, once for all who ask. LOCK ORDER: a session's lock,
/// _gate, the tree's, the cache's, Freshness. No lock is held across an await, and no mount is called with one held.
/// </remarks>
internal sealed partial class Volume : IVolumeAdmin, IAsyncDisposable
{
    /// <summary>How long old facts are told while the origin cannot be asked; never after an invalidation.</summary>
    private static readonly TimeSpan StaleFor = TimeSpan.FromSeconds(10);

    private const long LongRange = 256 * 1024 * 1024;

    /// <summary>Nodes whose last error is remembered.</summary>
    private const int MaxErrors = 1000;

    private readonly VolumeOptions _options;
    private readonly VolumeRules _rules;
    private readonly IOrigin _origin;
    private readonly CacheStore _store;
    private readonly CacheVolume _cache;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Freshness _fresh;
    private readonly Tree _tree;
    private readonly FetchPool _pool;
    private readonly OpenContents _contents;
    private readonly Flights<(NodeId, ReadOnlyMemory<byte>), Result<Grant>> _lookups = new(NameComparer.Instance);
    private readonly Flights<NodeId, Result<Grant>> _listings = new();
    private readonly TaskBag _work = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly MountBook _book;

    private readonly Lock _gate = new();
    private readonly List<IMount> _mounts = [];                 // guarded by _gate
    private readonly Dictionary<NodeId, NodeError> _errors = []; // guarded by _gate
    private readonly HashSet<NodeId> _outdatedFiles = [];       // guarded by _gate; directories whose file tells of an entry as it was
    private readonly HashSet<Wait> _waits = [];                 // guarded by _gate; arlad's own
    private bool _announced;                                    // guarded by _gate: mounts that were away missed something
    private volatile NodeError? _lastError;                     // atomic

    /// <param name="options">of the configuration</param>
    /// <param name="rules">that all volumes share</param>
    /// <param name="origin">with its filters; owned from here on</param>
    /// <param name="store">of all volumes</param>
    /// <param name="cache">of this one</param>
    /// <param name="log">for what a user should know</param>
    /// <param name="time">clock of every limit</param>
    public Volume(VolumeOptions options, VolumeRules rules, IOrigin origin, CacheStore store, CacheVolume cache, ILogger log, TimeProvider time)
    {
        (_options, _rules, _origin, _store, _cache, _log, _time) = (options, rules, origin, store, cache, log, time);
        _tree = new Tree(cache, time, MillisecondsOf);
        _fresh = _tree.Fresh;
        _book = new MountBook(time, rules.Grace, cache.KnownMounts, KeepMounts);
        _pool = new FetchPool(origin, NewFetchOptions(), log, time);
        _contents = new OpenContents(cache, _pool);
        _guessing = new SemaphoreSlim(_pool.Options.AheadConcurrency);
        _asks = NewWalkBook(IsWorthAsking, ForEntries);
        _reads = NewWalkBook(IsWorthReading, ForEntries);
        _visits = NewWalkBook(IsWorthListing, ForListings);
        _tree.Outdating = KeepForReaders;
        cache.MayForget = MayForget;
        cache.Unwanted = AskToForget;
        cache.BecameWhole = TellWhole;
        EnsureRoot();
    }

    public string Name => _options.Name;

    public OriginInfo Origin => _origin.Info;

    public int BlockSize => _cache.Geometry.BlockSize;

    public ulong Epoch => _cache.Epoch;

    public NodeId Root => _cache.Root;

    /// <summary>Who may mount it.</summary>
    public PeerRule Mounters => _options.Mounters ?? _rules.Mounters;

    /// <summary>What a driver is handed.</summary>
    public SafeFd CacheDirectory => _cache.Directory;

    /// <summary>How long a mount may take to confirm that it gave tokens back.</summary>
    public TimeSpan InvalidateTimeout => _rules.InvalidateTimeout;

    public FetchStats Fetches => _pool.Stats;

    /// <summary>The answer to statfs(2): the cache's limits, and what is left of them.</summary>
    public SpaceReport Space
    {
        get
        {
            CacheStats stats = _store.Stats;
            return new(stats.Limits.Bytes, Math.Max(stats.Limits.Bytes - stats.Bytes, 0), stats.Limits.Nodes, Math.Max(stats.Limits.Nodes - stats.Nodes, 0));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _pool.DisposeAsync();
        await _work.AllAsync();
        _contents.Dispose();
        await _origin.DisposeAsync();
        _ending.Dispose();
        _guessing.Dispose();
    }

    /// <summary>Milliseconds that a grant may be relied on: zero when it was broken since it was asked for.</summary>
    public ulong ValidMs(Grant grant) => IsBroken(grant) ? 0 : (ulong)Math.Max(grant.FreshUntil - _fresh.Now, 0);

    private FetchOptions NewFetchOptions() => new()
    {
        Concurrency = Origin.AtOnce,
        AheadConcurrency = Math.Max(Origin.AtOnce * 3 / 4, 1),
        ParallelRanges = Math.Min(Origin.AtOnce, 4),
        LongRangeSize = Origin.AtOnce == 1 ? LongRange : 0, // a round trip between two requests is lost where no other goes on meanwhile
        MaxAhead = _options.MaxAhead,
        Fetching = (path, offset, length) => _rules.Recorder.Note(new(Name, path, offset, length)),
    };

    /// <summary>
    /// The root is always known, so that a driver is answered whatever becomes of the origin. Its attributes are the origin's to
    /// tell.
    /// </summary>
    private void EnsureRoot()
    {
        if (_cache.Get(_cache.Root).IsOk)
            return;
        var facts = new OriginFacts { Kind = OriginKind.Directory, Permissions = 0x1ED, Links = 2 };
        ulong version = _cache.NextNumber() is { IsOk: true } number ? number.Value : 1;
        _cache.Put(new NodeRecord { Id = _cache.Root, Parent = _cache.Root, Facts = facts, Version = version });
    }

    private long MillisecondsOf(TimeSpan? freshFor) =>
        _options.Immutable ? (long)TimeSpan.FromDays(1).TotalMilliseconds : (long)(freshFor ?? _options.Refresh).TotalMilliseconds;
}
