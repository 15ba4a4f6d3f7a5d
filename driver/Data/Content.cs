using System.Collections.Concurrent;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>One version of a node's content: its size and what is known of its blocks. Knows neither files nor messages.</summary>
/// <remarks>A block's state is replaced as a whole. Content of one block costs no table; a huge one's table is sparse.</remarks>
internal sealed class Content : IDisposable
{
    /// <summary>Bytes; larger sizes are refused, so that no sum of an offset and a length overflows.</summary>
    public const long MaxSize = 1L << 62;

    private const long MaxDense = 4096;

    private readonly BlockState?[]? _dense;
    private readonly ConcurrentDictionary<long, BlockState>? _sparse;
    private BlockState? _only; // atomic
    private BlockSource? _run;            // atomic; written by the channel's reader alone
    private int _changes;                 // atomic: blocks that were dropped or replaced
    private volatile WholeIn? _whole;     // found when there had been so many changes
    private volatile bool _isUsed;
    private SharedMap? _shared;           // atomic

    /// <param name="node">whose content</param>
    /// <param name="version">which of it</param>
    /// <param name="size">bytes, 0 to <see cref="MaxSize"/></param>
    /// <param name="geometry">of the volume</param>
    public Content(NodeId node, ulong version, long size, Geometry geometry)
    {
        (Node, Version, Size, Geometry) = (node, version, size, geometry);
        Blocks = geometry.BlocksIn(size);
        if (Blocks is > 1 and <= MaxDense)
            _dense = new BlockState?[Blocks];
        else if (Blocks > MaxDense)
            _sparse = new ConcurrentDictionary<long, BlockState>();
    }

    public NodeId Node { get; }

    public ulong Version { get; }

    public long Size { get; }

    public Geometry Geometry { get; }

    public long Blocks { get; }

    /// <summary>A page of it is here, or was.</summary>
    public bool IsUsed => _isUsed;

    /// <summary>Of a directory, guarded by the node table: the count of breaks when the call was made that brought it.</summary>
    public long InstalledAt { get; set; }

    /// <summary>Of a directory, guarded by the node table: as <see cref="InstalledAt"/>, or when its version was last confirmed.</summary>
    public long VouchedAt { get; set; }

    /// <param name="block">0 to <see cref="Blocks"/> - 1</param>
    public BlockState? Get(long block) => _sparse is not null
        ? _sparse.GetValueOrDefault(block)
        : Volatile.Read(ref Slot(block));

    /// <summary>Takes in filled pages. Called on the channel's reader alone.</summary>
    /// <param name="block">0 to <see cref="Blocks"/> - 1</param>
    /// <param name="generation">another one than before replaces what was known</param>
    /// <param name="map">no bits beyond the size</param>
    /// <param name="inRun">the generation is that of the version's run</param>
    public void Install(long block, ulong generation, ulong map, bool inRun)
    {
        _isUsed |= map != 0;
        if (Get(block) is { } known && known.Generation == generation && known.Source.IsRun == inRun)
            known.Add(map);
        else
            Put(block, new BlockState(inRun ? RunOf(generation) : NewSource(block, generation), map))?.Drop();
        Shared?.Refresh(block);
    }

    /// <summary>Forgets the run of a generation, and every block in it. Called on the channel's reader alone.</summary>
    public void DropRun(ulong generation)
    {
        if (_run is not { } run || run.Name.Generation != generation)
            return;
        _run = null;
        foreach ((long block, BlockState state) in States())
        {
            if (state.Source == run)
                Drop(block, state);
        }
        run.Drop();
    }

    /// <summary>Forgets a block that is not there any more.</summary>
    public void Drop(long block, BlockState state)
    {
        Interlocked.Increment(ref _changes);
        if (_sparse is not null)
            _sparse.TryRemove(new KeyValuePair<long, BlockState>(block, state));
        else
            Interlocked.CompareExchange(ref Slot(block), null, state);
        state.Drop();
        Shared?.Refresh(block);
    }

    /// <summary>What has every byte of this version in one file, as far as is known; null: there is none.</summary>
    public BlockSource? Whole
    {
        get
        {
            int changes = Volatile.Read(ref _changes);
            if (_whole is not { } whole || whole.Changes != changes)
                _whole = whole = FindWhole() is { } found ? new WholeIn(found, changes) : null;
            return whole?.Source;
        }
    }

    /// <summary>
    /// The one file that every page of this version belongs in, those that are missing too; null: there is none, or it is not
    /// known.
    /// </summary>
    public BlockSource? OneFile => Blocks == 1 ? Get(0)?.Source : Volatile.Read(ref _run);

    /// <summary>What tells programs of its pages; null: none reads them in parts.</summary>
    public SharedMap? Shared => Volatile.Read(ref _shared);

    /// <summary>From now on each change of a block is told.</summary>
    public void Share(SharedMap map) => Interlocked.Exchange(ref _shared, map)?.End();

    public void Unshare(SharedMap map) => Interlocked.CompareExchange(ref _shared, null, map);

    /// <summary>A block that has pages in a file; -1: none.</summary>
    public long BlockIn(BlockSource source)
    {
        foreach ((long block, BlockState state) in States())
        {
            if (state.Source == source)
                return block;
        }
        return -1;
    }

    /// <summary>As <see cref="Whole"/>, of a file that can be opened by name.</summary>
    public BlockName? FileName => Whole is { IsByDescriptor: false } source ? source.Name : null;

    /// <summary>Pages that are known to be filled, the files that they lie in, and whether one of these cannot be opened by name.</summary>
    public (long Pages, long Files, bool ByDescriptor) Tally()
    {
        long pages = 0;
        bool byDescriptor = false;
        HashSet<BlockSource> files = [];
        foreach ((long _, BlockState state) in States())
        {
            pages += System.Numerics.BitOperations.PopCount(state.Map);
            byDescriptor |= state.Source.IsByDescriptor;
            files.Add(state.Source);
        }
        return (pages, files.Count, byDescriptor);
    }

    /// <summary>Bytes of the pages that are known to be filled.</summary>
    public long FilledBytes()
    {
        long pages = 0;
        bool last = false;
        foreach ((long block, BlockState state) in States())
        {
            pages += System.Numerics.BitOperations.PopCount(state.Map);
            last |= Size > 0 && (state.Map & Geometry.MaskOf(block, Size - 1, 1)) != 0;
        }
        long missing = (Geometry.PagesIn(Size) * Geometry.PageSize) - Size;
        return (pages * Geometry.PageSize) - (last ? missing : 0);
    }

    public void Dispose()
    {
        Shared?.End();
        foreach ((long _, BlockState state) in States())
            state.Drop();
        Volatile.Read(ref _run)?.Drop();
    }

    private BlockSource? FindWhole()
    {
        if (Blocks == 0 || Get(0) is not { Source: var source } || !(source.IsRun || Blocks == 1))
            return null;
        for (long block = 0; block < Blocks; block++)
        {
            if (Get(block) is not { } state || state.Source != source || state.Map != Geometry.FullMap(block, Size))
                return null;
        }
        return source;
    }

    private BlockSource RunOf(ulong generation)
    {
        if (_run is { } run && run.Name.Generation == generation)
            return run;
        _run?.Drop();
        return _run = NewSource(BlockName.Run, generation);
    }

    private BlockSource NewSource(long block, ulong generation) => new(new BlockName(Node, Version, block, generation));

    private IEnumerable<(long Block, BlockState State)> States()
    {
        if (_sparse is not null)
        {
            foreach ((long block, BlockState state) in _sparse)
                yield return (block, state);
            yield break;
        }
        for (long block = 0; block < Blocks; block++)
        {
            if (Get(block) is { } state)
                yield return (block, state);
        }
    }

    private BlockState? Put(long block, BlockState state)
    {
        Interlocked.Increment(ref _changes);
        if (_sparse is null)
            return Interlocked.Exchange(ref Slot(block), state);
        BlockState? old = _sparse.GetValueOrDefault(block);
        _sparse[block] = state;
        return old;
    }

    private ref BlockState? Slot(long block)
    {
        if (_dense is not null)
            return ref _dense[block];
        return ref _only;
    }

    /// <summary>The one file that has everything.</summary>
    private sealed record WholeIn(BlockSource Source, int Changes);
}
