namespace Nnpfs.Uloop.Filling;

/// <summary>Who reads a device one after the other: a device has no open files that could tell its readers apart, so their reads must.</summary>
internal sealed class Readers
{
    private const int Most = 32;
    private const long Back = 1024 * 1024; // bytes that the kernel's parallel reads may come late

    private readonly Lock _gate = new();
    private readonly LinkedList<Reader> _readers = new(); // guarded by _gate; the last one that read at the front
    private ulong _lastId;                                // guarded by _gate

    /// <summary>The reader whose next read this is; a new one where it goes on from nowhere.</summary>
    /// <param name="offset">bytes</param>
    /// <param name="length">bytes</param>
    /// <param name="isFilled">all of it: a fetch that has to wait judges the reader by itself, and takes no notice of the mark</param>
    /// <param name="isDue">its mark is reached: what is ahead of it shall be fetched. The mark is gone then</param>
    public Reader Of(long offset, int length, bool isFilled, out bool isDue)
    {
        lock (_gate)
        {
            LinkedListNode<Reader>? place = _readers.First;
            while (place is not null && !place.Value.Continues(offset, length))
                place = place.Next;
            if (place is null)
                place = new(new Reader(++_lastId));
            else
                _readers.Remove(place);
            _readers.AddFirst(place);
            if (_readers.Count > Most)
                _readers.RemoveLast();
            return place.Value.Take(offset, length, isFilled, out isDue);
        }
    }

    /// <summary>A fetch has told where the reader's next one is due.</summary>
    public void SetMark(Reader reader, long mark)
    {
        lock (_gate)
            reader.Mark = mark;
    }

    /// <summary>One of them. Guarded by the gate.</summary>
    internal sealed class Reader(ulong id)
    {
        private long _end = -1;

        public ulong Id => id;

        public long Mark { get; set; }

        // It touches what was read before, or a read of the same size has overtaken it.
        public bool Continues(long offset, int length) => offset <= _end + length && offset + length > _end - Back;

        public Reader Take(long offset, int length, bool isFilled, out bool isDue)
        {
            _end = Math.Max(_end, offset + length);
            isDue = isFilled && Mark > 0 && offset + length > Mark;
            Mark = isDue ? 0 : Mark;
            return this;
        }
    }
}
