using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>READ: from the cache file, once the pages are there. What is there is answered on the session's thread.</summary>
internal sealed class ImageReadHandler(Image image) : IHandler<ReadRequest, Bytes>
{
    /// <returns>The bytes; EIO: they cannot be fetched.</returns>
    public ValueTask<Result<Bytes>> HandleAsync(ReadRequest message, Request request)
    {
        int size = (int)Math.Clamp(image.Length - message.Offset, 0, message.Size);
        if (size == 0)
            return new(new Bytes(0));
        if (!image.IsFilled(message.Offset, size, out Readers.Reader reader))
            return FillAsync(message.Offset, size, reader, request);
        Memory<byte> room = request.Room(size);
        Errno errno = image.Read(message.Offset, room.Span);
        return new(errno == 0 ? new Bytes(room.Length) : errno);
    }

    private async ValueTask<Result<Bytes>> FillAsync(long offset, int size, Readers.Reader reader, Request request)
    {
        Errno errno = await image.FillAsync(offset, size, reader);
        if (errno != 0)
            return errno;
        Memory<byte> room = await request.RoomAsync(size);
        errno = image.Read(offset, room.Span);
        return errno == 0 ? new Bytes(room.Length) : errno;
    }
}
