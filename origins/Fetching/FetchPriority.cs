namespace Nnpfs.Origins.Fetching;

/// <summary>Who goes first when requests wait for their turn.</summary>
internal enum FetchPriority
{
    /// <summary>A reader waits.</summary>
    Reader,

    /// <summary>A reader is expected to come here.</summary>
    Ahead,

    /// <summary>A prefetch that a person asked for.</summary>
    Background,
}
