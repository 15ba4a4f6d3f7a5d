using Nnpfs.Daemon.Configuration;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What all volumes of one arlad share; fixed for a run.</summary>
internal sealed record VolumeRules
{
    /// <summary>Who may mount a volume that does not say itself.</summary>
    public PeerRule Mounters { get; init; } = new();

    /// <summary>How long a mount may take to confirm an invalidation.</summary>
    public TimeSpan InvalidateTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Notes what is fetched, while somebody wants that.</summary>
    public FetchRecorder Recorder { get; init; } = new();

    /// <summary>How long the mounts of an earlier run may take to come back, before an invalidation counts without them.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
