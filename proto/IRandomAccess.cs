using Nnpfs.Posix;

namespace Nnpfs.Proto;

/// <summary>Bytes that can be read at any place: a file, a row of blocks, a buffer.</summary>
public interface IRandomAccess
{
    /// <summary>Bytes that there are.</summary>
    long Length { get; }

    /// <returns>bytes read: fewer than the buffer holds only at the end; or the reader's own errno, which is passed on</returns>
    Result<int> ReadAt(Span<byte> buffer, long offset);
}
