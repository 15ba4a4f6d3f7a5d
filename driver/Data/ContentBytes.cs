using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>A content as bytes at any place, for the reader of directory files. EAGAIN: not here.</summary>
internal readonly struct ContentBytes(ContentReader reader, Content content) : IRandomAccess
{
    public long Length => content.Size;

    public Result<int> ReadAt(Span<byte> buffer, long offset)
    {
        int count = (int)Math.Clamp(content.Size - offset, 0, buffer.Length);
        Errno errno = reader.Read(content, buffer[..count], offset);
        return errno == 0 ? count : errno;
    }
}
