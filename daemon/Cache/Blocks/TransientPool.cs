using Microsoft.Extensions.Logging;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>Counts the blocks that are in memory because the disk is full, and lets go of the oldest when they are too many.</summary>
/// <remarks>They are in no index, and a driver cannot open them by name: it is handed their descriptors.</remarks>
internal sealed class TransientPool(long limit, ILogger log, TimeProvider time)
{
    /// <summary>After so long without such a block, the next one is news to the user again.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly LinkedList<(Content Content, long Block)> _blocks = new(); // guarded by _gate; oldest first
    private long _bytes; // guarded by _gate
    private long _last; // guarded by _gate; when a block came; 0 = never

    public long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    public void Use(long bytes)
    {
        lock (_gate)
            _bytes += bytes;
    }

    public void Add(Content content, long block)
    {
        bool isNews;
        lock (_gate)
        {
            _blocks.AddLast((content, block));
            isNews = _last == 0 || time.GetElapsedTime(_last) > Quiet;
            _last = time.GetTimestamp();
        }
        content.Hold();
        if (isNews)
            log.NoRoom();
    }

    public void Remove(Content content, long block)
    {
        lock (_gate)
            _blocks.Remove((content, block));
        content.ReleaseLater();
    }

    /// <summary>Reclaims the oldest until <paramref name="bytes"/> more would fit. Called without any content's gate.</summary>
    public bool MakeRoom(long bytes, Content asker, long block)
    {
        (Content Content, long Block)[] oldest;
        lock (_gate)
            oldest = [.. _blocks];
        foreach ((Content content, long index) in oldest)
        {
            if (Bytes + bytes <= limit)
                break;
            if (content != asker || index != block)
                content.TryReclaim(index);
        }
        return Bytes + bytes <= limit;
    }
}
