using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>READ: from block files, straight into the reply; what is not here is asked for first.</summary>
internal sealed class ReadHandler(HandlerParts parts) : IHandler<ReadRequest, Bytes>
{
    /// <returns>the bytes, fewer than asked only at the end of the file; EBADF; ESTALE: this version cannot be had any more; EIO</returns>
    public ValueTask<Result<Bytes>> HandleAsync(ReadRequest message, Request request)
    {
        if (parts.FileOf(message.Node, message.File) is not { Content: { } content } file)
            return new(Errno.EBADF);
        int count = (int)Math.Clamp(content.Size - message.Offset, 0, message.Size);
        if (count == 0)
            return new(new Bytes(0));
        parts.Reporter.Touch(file.Node);
        if (ContentReader.Has(content, message.Offset, count))
        {
            Memory<byte> room = request.Room(count);
            Errno errno = parts.Data.Read(content, room.Span, message.Offset);
            if (errno == 0)
                return new(Hit(file, content, message.Offset, room.Length));
            if (errno != Errno.EAGAIN)
                return new(parts.Errors.Note(file.Node.Id, errno));
        }
        return FetchAsync(file, content, message.Offset, count, request);
    }

    private Bytes Hit(OpenFile file, Content content, long offset, int count)
    {
        parts.Counters.CountHit(count);
        if (file.PassesMark(offset + count))
            parts.Data.ReportMark(file, content, offset + count);
        return new Bytes(count);
    }

    private async ValueTask<Result<Bytes>> FetchAsync(OpenFile file, Content content, long offset, int count, Request request)
    {
        CancellationToken interrupt = request.Interrupt;
        parts.Counters.CountMiss(count);
        file.WasAsked = true;
        for (int attempt = 0; attempt < NodeService.Attempts; attempt++)
        {
            Errno errno = await parts.Data.FetchAsync(content, offset, count, file.Key, interrupt);
            if (errno != 0)
                return parts.Errors.Note(file.Node.Id, errno);
            Memory<byte> room = await request.RoomAsync(count);
            errno = parts.Data.Read(content, room.Span, offset);
            if (errno == 0 && file.PassesMark(offset + room.Length))
                parts.Data.ReportMark(file, content, offset + room.Length);
            if (errno == 0)
                return new Bytes(room.Length);
            if (errno != Errno.EAGAIN)
                return parts.Errors.Note(file.Node.Id, errno);
        }
        return parts.Errors.Note(file.Node.Id, Errno.EIO);
    }
}
