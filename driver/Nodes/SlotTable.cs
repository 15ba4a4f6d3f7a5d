namespace Nnpfs.Driver.Nodes;

/// <summary>What a <see cref="SlotTable{T}"/> holds: it knows its own key.</summary>
internal interface ISlot
{
    ulong Key { get; set; }
}

/// <summary>Gives out 64-bit keys for objects, and finds the object of a key without a lock and without a hash.</summary>
/// <remarks>The low 32 bits of a key are a place, the high ones count its uses: a key is never given twice. The first is 1.</remarks>
internal sealed class SlotTable<T>
    where T : class, ISlot
{
    private const int ChunkSize = 4096;

    private readonly Lock _gate = new();
    private readonly Stack<uint> _free = new(); // guarded by _gate
    private uint _next = 1;                     // guarded by _gate
    private uint _reuses;                       // guarded by _gate
    private volatile T?[][] _chunks = [];       // replaced as a whole, guarded by _gate

    /// <summary>Puts an object in and sets its key.</summary>
    public void Add(T item)
    {
        lock (_gate)
        {
            ulong key = _free.TryPop(out uint place) ? ((ulong)++_reuses << 32) | place : place = _next++;
            if (place / ChunkSize >= _chunks.Length)
                _chunks = [.. _chunks, new T?[ChunkSize]];
            item.Key = key;
            Volatile.Write(ref _chunks[place / ChunkSize][place % ChunkSize], item);
        }
    }

    /// <returns>null: no such key, any more or ever</returns>
    public T? Get(ulong key)
    {
        uint place = (uint)key;
        T?[][] chunks = _chunks;
        T? item = place / ChunkSize < chunks.Length ? Volatile.Read(ref chunks[place / ChunkSize][place % ChunkSize]) : null;
        return item?.Key == key ? item : null;
    }

    /// <returns>the object that was there; null: nothing was</returns>
    public T? Remove(ulong key)
    {
        lock (_gate)
        {
            T? item = Get(key);
            if (item is null)
                return null;
            uint place = (uint)key;
            _chunks[place / ChunkSize][place % ChunkSize] = null;
            _free.Push(place);
            return item;
        }
    }

    /// <summary>All objects that were there the whole time, and perhaps some that came or went meanwhile.</summary>
    public IEnumerable<T> All()
    {
        foreach (T?[] chunk in _chunks)
        {
            foreach (T? item in chunk)
            {
                if (item is not null)
                    yield return item;
            }
        }
    }
}
