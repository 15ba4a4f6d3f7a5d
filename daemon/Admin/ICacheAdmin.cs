using Nnpfs.Daemon.Cache;

namespace Nnpfs.Daemon.Admin;

/// <summary>What the admin service may do with the cache of all volumes. Every member may be called at any time, from any thread.</summary>
internal interface ICacheAdmin
{
    CacheLimits Limits { get; set; }

    CacheStats Stats { get; }

    /// <summary>Reclaims, least recently used first, until so many bytes came free or nothing is left that may go.</summary>
    /// <returns>bytes that came free</returns>
    Task<long> ReclaimAsync(long bytes);
}
