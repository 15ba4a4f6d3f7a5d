using Nnpfs.Origins.Fetching;

namespace Nnpfs.Uloop.Filling;

/// <summary>How much is fetched ahead for a device, whose readers are many and whose files are not known.</summary>
internal static class FetchRules
{
    /// <param name="atOnce">requests that the origin takes at once</param>
    /// <param name="exact">nothing ahead</param>
    public static FetchOptions Of(int atOnce, bool exact) => new()
    {
        Concurrency = atOnce,
        AheadConcurrency = Math.Max(atOnce * 3 / 4, 1),
        MinAhead = 64 * 1024,
        MaxAhead = exact ? 0 : 32 * 1024 * 1024,
        MaxAheadShare = 0.25, // of what a reader has read: so what is fetched in vain stays a small part of what is used
    };
}
