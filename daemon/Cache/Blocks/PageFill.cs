using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>The right to fill one range of one content. Disposing of it ends the right; pages not marked by then are not filled.</summary>
/// <remarks>Several may overlap: the first to write a page fills it. Used by one task at a time.</remarks>
internal sealed class PageFill : IDisposable
{
    private readonly Content _content;
    private int _isEnded;

    internal PageFill(Content content, long offset, long length, long reserved) =>
        (_content, Offset, Length, Reserved) = (content, offset, length, reserved);

    /// <summary>Bytes from the start of the content.</summary>
    public long Offset { get; }

    public long Length { get; }

    /// <summary>Bytes of the cache's space promised to this.</summary>
    internal long Reserved { get; }

    /// <summary>Takes bytes of the range. A page is written from its start, in order; a page begun again begins at its start.</summary>
    /// <returns>zero; EINVAL outside the range or with a gap; ENOSPC where not even memory has room; EIO</returns>
    public Errno Write(long offset, ReadOnlySpan<byte> bytes) =>
        offset < Offset || offset + bytes.Length > Offset + Length ? Errno.EINVAL : _content.Write(offset, bytes);

    /// <summary>Readers may have the pages that this part of the range touches: every byte of them was written, and is of this version.</summary>
    /// <returns>zero; EIO where a page was not written whole (it stays unfilled), EINVAL outside the range</returns>
    public Errno MarkFilled(long offset, long length) =>
        length <= 0 || offset < Offset || offset + length > Offset + Length ? Errno.EINVAL : _content.MarkFilled(offset, length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
            _content.End(this);
    }
}
