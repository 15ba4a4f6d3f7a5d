namespace Nnpfs.Driver.Data;

/// <summary>What is known of one block in one generation: its map, and the file that it lies in.</summary>
/// <remarks>INVARIANT: map and file are of the same generation. It is never changed into another one's, only replaced.</remarks>
internal sealed class BlockState(BlockSource source, ulong map)
{
    private ulong _map = map; // atomic: bits are only added

    /// <summary>Its own, or the run's, which it shares with other blocks.</summary>
    public BlockSource Source => source;

    public ulong Generation => source.Name.Generation;

    public ulong Map => Volatile.Read(ref _map);

    public void Add(ulong bits) => Interlocked.Or(ref _map, bits);

    /// <summary>The block is forgotten: a file of its own is closed for good; the run serves the others.</summary>
    public void Drop()
    {
        if (!source.IsRun)
            source.Drop();
    }
}
