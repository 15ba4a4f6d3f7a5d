using System.Collections.Concurrent;

namespace Nnpfs.Origins.Http.Reading;

/// <summary>Versions that no server can confirm: each may be read by one response, and by no second one.</summary>
/// <remarks>What is forgotten here (a restart, an overflow) answers ESTALE, and the next facts name a new version.</remarks>
internal sealed class OnceVersions
{
    private const int MaxVersions = 4096;

    private readonly ConcurrentDictionary<OriginValidator, bool> _unread = new();

    public void Add(OriginValidator version)
    {
        if (_unread.Count >= MaxVersions)
            _unread.Clear();
        _unread[version] = true;
    }

    /// <summary>Nothing was read of it, so that it may be any response still.</summary>
    public bool IsUnread(OriginValidator version) => _unread.ContainsKey(version);

    /// <returns>false where it was read before, or is not known</returns>
    public bool TryUse(OriginValidator version) => _unread.TryRemove(version, out _);
}
