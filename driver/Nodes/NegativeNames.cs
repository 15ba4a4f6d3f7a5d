namespace Nnpfs.Driver.Nodes;

/// <summary>The names that the kernel was told lead nowhere: an invalidation of their directory must take them back, by name.</summary>
/// <remarks>Bounded: a name that finds no place is told to the kernel for no time at all. Guarded by its owner.</remarks>
internal sealed class NegativeNames
{
    public const int Max = 16 * 1024;

    private readonly Dictionary<ulong, Dictionary<string, long>> _byDirectory = []; // names as Latin-1, until when
    private int _count;

    /// <returns>false: full</returns>
    public bool TryAdd(ulong directory, ReadOnlySpan<byte> name, long now, long until)
    {
        if (_count >= Max)
            DropExpired(now);
        if (_count >= Max)
            return false;
        if (!_byDirectory.TryGetValue(directory, out Dictionary<string, long>? names))
            _byDirectory[directory] = names = [];
        string key = System.Text.Encoding.Latin1.GetString(name);
        if (names.TryAdd(key, until))
            _count++;
        else
            names[key] = Math.Max(names[key], until);
        return true;
    }

    public void TakeOf(ulong directory, List<Taken> taken)
    {
        if (!_byDirectory.Remove(directory, out Dictionary<string, long>? names))
            return;
        _count -= names.Count;
        foreach (string name in names.Keys)
            taken.Add(new Taken(0, directory, System.Text.Encoding.Latin1.GetBytes(name)));
    }

    public void TakeAll(List<Taken> taken)
    {
        foreach (ulong directory in _byDirectory.Keys.ToArray())
            TakeOf(directory, taken);
    }

    private void DropExpired(long now)
    {
        foreach ((ulong directory, Dictionary<string, long> names) in _byDirectory)
        {
            foreach ((string name, long until) in names)
            {
                if (until < now && names.Remove(name)) // removing while enumerating is allowed
                    _count--;
            }
            if (names.Count == 0)
                _byDirectory.Remove(directory);
        }
    }
}
