namespace Nnpfs.Mount.Tests.Model;

/// <summary>What one name of the origin held, and what a new open may still see of that.</summary>
internal sealed class FileModel(string name)
{
    private readonly List<FileState?> _states = []; // null: the name was absent
    private int _oldestAllowed;
    private bool _wasRead; // the current state

    public string Name { get; } = name;

    /// <summary>What the origin has now; null = nothing.</summary>
    public FileState? Current => _states.Count == 0 ? null : _states[^1];

    /// <summary>What a new open or lookup may see: everything since the last moment at which the change was surely known.</summary>
    public IReadOnlyList<FileState?> Allowed => _states.Count == 0 ? [null] : _states[_oldestAllowed..];

    /// <summary>Something of a state that is outdated now was read: pages of it may be cached, and others be gone.</summary>
    public bool WasOutdatedRead { get; private set; }

    public void Read() => _wasRead = true;

    public void Become(FileState? state)
    {
        if (_states.Count == 0)
            _states.Add(null);
        _states.Add(state);
        WasOutdatedRead |= _wasRead;
        _wasRead = false;
    }

    /// <summary>From now on only the current state may be seen by a new open.</summary>
    public void Known()
    {
        _oldestAllowed = Math.Max(_states.Count - 1, 0);
        WasOutdatedRead = false;
    }
}
