using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Daemon.Cache.Keeping;

namespace Nnpfs.Daemon.Cache;

/// <summary>What all parts of one open cache share. Composed by <see cref="CacheStore"/>.</summary>
internal sealed class CacheCore(CacheOptions options, Database database, Numbers numbers, TimeProvider time, ILogger log)
{
    public CacheOptions Options { get; } = options;

    public Database Database { get; } = database;

    public NodeTable Nodes { get; } = new(database);

    public BlockTable Blocks { get; } = new(database);

    public VolumeTable Volumes { get; } = new(database);

    public PinTable Pins { get; } = new(database);

    public Numbers Numbers { get; } = numbers;

    public TimeProvider Time { get; } = time;

    public ILogger Log { get; } = log;

    public Space Space { get; } = new(options.Limits);

    public Counters Counters { get; } = new();

    /// <summary>Blocks that the drivers must be told of, on their way to the event.</summary>
    public Channel<(CacheVolume Volume, ReclaimedBlock Block)> Reclaimed { get; } =
        Channel.CreateUnbounded<(CacheVolume Volume, ReclaimedBlock Block)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Set once by the store, before any volume is there.</summary>
    public KnownMounts Mounts { get; set; } = null!;

    /// <summary>Set once by the store, before any volume is there.</summary>
    public Committer Committer { get; set; } = null!;

    /// <summary>Set once by the store, before any volume is there.</summary>
    public Reclaimer Reclaimer { get; set; } = null!;

    /// <summary>Set once by the store, before any volume is there.</summary>
    public TransientPool Transients { get; set; } = null!;

    /// <summary>The unit of recency: seconds since the epoch of Unix.</summary>
    public long Second => Time.GetUtcNow().ToUnixTimeSeconds();
}
