namespace Nnpfs.Origins.Filters;

/// <summary>Chance from a seed, for several threads: one seed gives one sequence.</summary>
internal sealed class SharedRandom(int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed); // guarded by _gate

    internal double NextDouble()
    {
        lock (_gate)
            return _random.NextDouble();
    }

    /// <returns>true for the given share of calls</returns>
    internal bool Hits(double share) => share > 0 && NextDouble() < share;
}
