namespace Nnpfs.Daemon.Configuration;

/// <summary>What one volume is told by its section of the configuration.</summary>
internal sealed class VolumeOptions
{
    public required string Name { get; init; }

    /// <summary>Where the section begins in its file, for messages.</summary>
    public int Line { get; init; }

    /// <summary>An absolute path, or an http:// or https:// URL.</summary>
    public string Origin { get; set; } = "";

    /// <summary>How long facts hold where the origin does not say.</summary>
    public TimeSpan Refresh { get; set; }

    /// <summary>How long a name's absence holds, where the origin does not say.</summary>
    public TimeSpan RefreshAbsent { get; set; }

    /// <summary>The content behind a name never changes: nothing is ever asked again, but after an invalidation.</summary>
    public bool Immutable { get; set; }

    public int BlockSize { get; set; }

    /// <summary>null = where the origin is remote.</summary>
    public bool? Checksums { get; set; }

    /// <summary>Small files of a directory that is being read are fetched together up to this size; 0 = never.</summary>
    public long SmallFile { get; set; }

    /// <summary>Who may mount this volume, besides root; null = whom [arlad] allows.</summary>
    public PeerRule? Mounters { get; set; }

    /// <summary>The most bytes that are fetched ahead of one reader.</summary>
    public long MaxAhead { get; set; }

    // Filters

    /// <summary>Tries of one request, the first included.</summary>
    public int Retry { get; set; }

    public TimeSpan RetryDelay { get; set; }

    /// <summary>No try begins later than this after the request began, or after its last byte came; zero = no limit.</summary>
    public TimeSpan RetryTime { get; set; }

    /// <summary>How long the origin may be silent; zero = for ever.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>Bytes a second; 0 = no limit.</summary>
    public long Rate { get; set; }

    /// <summary>Requests a second; 0 = no limit.</summary>
    public int RateRequests { get; set; }

    public TimeSpan Delay { get; set; }

    /// <summary>Share of requests that fail.</summary>
    public double Fault { get; set; }

    /// <summary>Every so manieth request fails; 0 = none.</summary>
    public int FaultEvery { get; set; }

    /// <summary>Pattern of the paths that may fail: * and ?.</summary>
    public string FaultPath { get; set; } = "";

    /// <summary>Name of the errno that they fail with.</summary>
    public string FaultErrno { get; set; } = "";

    public double Short { get; set; }

    public double Corrupt { get; set; }

    public int FilterSeed { get; set; }

    /// <summary>The options of the origin's own type, as written; known to its table.</summary>
    public Dictionary<string, string> OriginOptions { get; } = [];

    /// <summary>The line of each key that was given, for messages.</summary>
    public Dictionary<string, int> Lines { get; } = [];
}
