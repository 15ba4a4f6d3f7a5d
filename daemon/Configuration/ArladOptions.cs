namespace Nnpfs.Daemon.Configuration;

/// <summary>What one arlad is told by its configuration. Paths are as arlad sees them: within its jail.</summary>
internal sealed class ArladOptions
{
    /// <summary>Where the cache and its index live.</summary>
    public string Cache { get; set; } = "";

    public string ChannelSocket { get; set; } = "";

    public uint ChannelMode { get; set; }

    public string AdminSocket { get; set; } = "";

    public uint AdminMode { get; set; }

    /// <summary>Users (numbers) and groups (numbers) that may mount; root always may.</summary>
    public PeerRule Mounters { get; } = new();

    public PeerRule Admins { get; } = new();

    /// <summary>Bytes of content in the cache.</summary>
    public long LimitBytes { get; set; }

    public long LimitNodes { get; set; }

    /// <summary>Shares of the limits: reclaim begins above the one and ends below the other.</summary>
    public double HighWater { get; set; }

    public double LowWater { get; set; }

    /// <summary>Bytes of the cache's disk that are never used.</summary>
    public long KeepFree { get; set; }

    /// <summary>How long known mounts may take to come back after a start, before an invalidation counts without them.</summary>
    public TimeSpan Grace { get; set; }

    /// <summary>How long a mount may take to confirm an invalidation before it is disconnected.</summary>
    public TimeSpan InvalidateTimeout { get; set; }

    /// <summary>Calls that one mount may have in flight.</summary>
    public int MaxWaiting { get; set; }

    public int MaxMounts { get; set; }

    public string LogLevel { get; set; } = "";

    /// <summary>Empty: standard error alone.</summary>
    public string LogFile { get; set; } = "";

    /// <summary>A port on the loopback for metrics; 0 = none.</summary>
    public int MetricsPort { get; set; }

    /// <summary>Whom arlad becomes when it is started as root; -1 = stay (development only).</summary>
    public int Uid { get; set; }

    public int Gid { get; set; }

    /// <summary>The file as it was read: for the bug report, which takes secrets out.</summary>
    public string Text { get; set; } = "";

    public List<VolumeOptions> Volumes { get; } = [];
}

/// <summary>Who may connect: a peer's user, its group or one of its supplementary groups must be named.</summary>
internal sealed class PeerRule
{
    public IReadOnlyList<uint> Users { get; set; } = [];

    public IReadOnlyList<uint> Groups { get; set; } = [];

    public bool Allows(uint user, IEnumerable<uint> groups) =>
        user == 0 || Users.Contains(user) || Users.Contains(ArladKeys.Everybody) || groups.Any(Groups.Contains);
}
