namespace Nnpfs.Origins.Filters;

/// <summary>What a volume's configuration says of its filters. The default of each switches its filter off.</summary>
public sealed record FilterSettings
{
    /// <summary>Tries of one request, the first included.</summary>
    public int Retry { get; init; } = 1;

    /// <summary>Before the second try; each next pause is twice as long.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Bytes a second; 0 = no limit.</summary>
    public long Rate { get; init; }

    public TimeSpan Delay { get; init; }

    /// <summary>Share of requests that fail, 0 to 1.</summary>
    public double Fault { get; init; }

    public Errno FaultErrno { get; init; } = Errno.EIO;

    /// <summary>Share of reads that are cut.</summary>
    public double Cut { get; init; }

    /// <summary>Share of pieces with a flipped byte.</summary>
    public double Corrupt { get; init; }

    public int Seed { get; init; } = 1;
}
