using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>How many names of which directory were asked for one by one, since nobody has its listing.</summary>
internal sealed class LookBook
{
    /// <summary>So many names, and the listing is asked for.</summary>
    private const int Enough = 3;

    private const int MaxDirectories = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, int> _looks = []; // guarded by _gate

    /// <returns>true: it is enough now. Once: a directory that cannot be listed is not asked for its listing each time</returns>
    public bool Note(NodeId directory)
    {
        lock (_gate)
        {
            if (_looks.Count >= MaxDirectories)
                _looks.Clear();
            int looks = _looks.GetValueOrDefault(directory) + 1;
            _looks[directory] = looks;
            return looks == Enough;
        }
    }

    /// <summary>It was listed: when that is over, it is counted anew.</summary>
    public void Forget(NodeId directory)
    {
        lock (_gate)
            _looks.Remove(directory);
    }
}
