namespace Nnpfs.Origins.Filters;

/// <summary>What a volume's configuration says of its filters. The default of each switches its filter off.</summary>
public sealed record FilterSettings
{
    public RetryRule Retry { get; init; } = new();

    /// <summary>Bytes a second; 0 = no limit.</summary>
    public long Rate { get; init; }

    /// <summary>Requests a second; 0 = no limit.</summary>
    public long RateRequests { get; init; }

    /// <summary>How long the origin may be silent; zero = for ever.</summary>
    public TimeSpan Deadline { get; init; }

    public TimeSpan Delay { get; init; }

    public FaultRule Fault { get; init; } = new();

    /// <summary>Share of reads that are cut.</summary>
    public double Cut { get; init; }

    /// <summary>Share of pieces with a flipped byte.</summary>
    public double Corrupt { get; init; }

    /// <summary>Of what is cut and flipped.</summary>
    public int Seed { get; init; } = 1;
}
