using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Nodes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Node = Nnpfs.Driver.Nodes.Node;

namespace Nnpfs.Driver.Data;

/// <summary>Brings pages here that are not: asks, and looks again. Knows nothing of the kernel.</summary>
internal sealed class DataService(
    NodeTable nodes, NodeService service, DaemonChannel channel, ContentReader reader, BlockFiles files, ILogger log)
{
    /// <summary>Whether a range can be read at once.</summary>
    /// <returns>zero; EAGAIN: <see cref="FetchAsync"/> first; else the disk's errno, as EIO</returns>
    public Errno Read(Content content, Span<byte> room, long offset)
    {
        Errno errno = reader.Read(content, room, offset);
        if (errno is 0 or Errno.EAGAIN or Errno.EBADF)
            return errno == Errno.EBADF ? Errno.EAGAIN : errno;
        log.BlockUnreadable(content.Node, errno);
        return Errno.EIO;
    }

    /// <summary>Has the pages of a range brought here, and the files of those blocks that come by descriptor.</summary>
    /// <param name="content">of which; the range ends within it</param>
    /// <param name="offset">bytes</param>
    /// <param name="length">bytes, at least 1</param>
    /// <param name="stream">whose reads are judged together; 0: nobody's</param>
    /// <param name="interrupt">EINTR</param>
    /// <returns>zero: look again, it may be gone again; ESTALE: the version cannot be had any more; arlad's errno</returns>
    public async ValueTask<Errno> FetchAsync(Content content, long offset, long length, ulong stream, CancellationToken interrupt)
    {
        if (!ContentReader.Has(content, offset, length))
        {
            var call = new GetData
            {
                Node = content.Node.Value,
                Version = content.Version,
                Offset = (ulong)offset,
                Length = (ulong)length,
                Stream = stream,
            };
            Result<CallAnswer> answer = await channel.CallAsync(new Envelope { GetData = call }, interrupt);
            if (!answer.IsOk)
                return answer.Errno;
        }
        return await OpenBlocksAsync(content, offset, length, interrupt);
    }

    /// <summary>Has the one file of a content open here, where it comes by descriptor. It asks arlad only where it is there.</summary>
    /// <returns>zero: look again; ENOTCONN; EINTR; arlad's errno</returns>
    public ValueTask<Errno> OpenFileAsync(Content content, CancellationToken interrupt) =>
        content.OneFile is { } file && content.BlockIn(file) is var block and >= 0
            ? OpenBlocksAsync(content, block * content.Geometry.BlockSize, 1, interrupt, onlyIfThere: true)
            : new(0);

    /// <summary>Before a file is opened of which nothing is here: whether its version can still be had. One page is fetched at once.</summary>
    /// <returns>ESTALE: there is another version now; anything else is for the first read to find out</returns>
    public async ValueTask<Errno> ProveAsync(Content content, CancellationToken interrupt)
    {
        ulong length = content.Size <= content.Geometry.PageSize ? (ulong)content.Size : 0;
        var call = new GetData { Node = content.Node.Value, Version = content.Version, Length = length };
        return (await channel.CallAsync(new Envelope { GetData = call }, interrupt, onlyIfThere: true)).Errno;
    }

    /// <summary>A directory's listing, whole, of the version that is current now.</summary>
    /// <returns>the listing; ENOTDIR, EACCES ... of arlad</returns>
    public async ValueTask<Result<Content>> ListingAsync(Node directory, CancellationToken interrupt)
    {
        bool wasAsked = false;
        for (int attempt = 0; attempt < NodeService.Attempts; attempt++)
        {
            ulong version = nodes.View(directory).Version;
            bool isVouched = wasAsked || nodes.IsListingValid(directory);
            if (isVouched && directory.Content is { } content && content.Version == version
                && ContentReader.Has(content, 0, Math.Max(content.Size, 1)))
            {
                Errno opened = await OpenBlocksAsync(content, 0, Math.Max(content.Size, 1), interrupt);
                return opened == 0 ? content : opened;
            }
            // Without a token of its own the directory's version is no answer: any, which brings the token along.
            var call = new GetData { Node = directory.Id.Value, Version = isVouched ? version : 0, Length = 1 };
            Result<CallAnswer> answer = await channel.CallAsync(new Envelope { GetData = call }, interrupt, onlyIfThere: !isVouched && attempt == 0);
            if (answer.Errno == Errno.ENOTCONN)
                continue; // arlad has just gone: what was last known may do
            wasAsked |= answer.IsOk;
            if (answer.Errno == Errno.ESTALE && (await service.AttributesAsync(directory, interrupt)).IsOk)
                continue; // it changed meanwhile
            if (!answer.IsOk)
                return answer.Errno;
        }
        return Errno.EIO;
    }

    /// <summary>The descriptors of an older listing, that it can be read on: nobody has its pages but we.</summary>
    /// <returns>zero: look again; ESTALE: it cannot be had any more</returns>
    public async ValueTask<Errno> ReopenAsync(Content listing, CancellationToken interrupt) =>
        ContentReader.Has(listing, 0, Math.Max(listing.Size, 1))
            ? await OpenBlocksAsync(listing, 0, Math.Max(listing.Size, 1), interrupt) : Errno.ESTALE;

    /// <summary>A directory's content, to look into.</summary>
    /// <returns>EAGAIN: not here; EUCLEAN: damaged</returns>
    public Result<DirectoryFileReader<ContentBytes>> OpenListing(Content content) =>
        DirectoryFileReader<ContentBytes>.Open(new ContentBytes(reader, content));

    /// <summary>A read passed a mark: arlad may fetch on. Nobody waits for it.</summary>
    public void ReportMark(OpenFile file, Content content, long offset) =>
        channel.Post(new Envelope
        {
            Ahead = new Ahead { Node = content.Node.Value, Version = content.Version, Offset = (ulong)offset, Stream = file.Key },
        });

    /// <summary>A file is open no more: arlad may give up what it fetches ahead of its reader.</summary>
    public void ReportClosed(OpenFile file)
    {
        if (file is { WasAsked: true, Content: { } content } && content.Size > content.Geometry.PageSize)
            channel.Post(new Envelope { Closed = new Closed { Node = content.Node.Value, Version = content.Version, Stream = file.Key } });
    }

    /// <summary>Asks for the descriptors of blocks that cannot be opened by name.</summary>
    private async ValueTask<Errno> OpenBlocksAsync(Content content, long offset, long length, CancellationToken interrupt, bool onlyIfThere = false)
    {
        Geometry geometry = content.Geometry;
        for (long block = geometry.BlockOf(offset); block <= geometry.BlockOf(offset + length - 1); block++)
        {
            if (content.Get(block) is not { } state)
                return 0; // gone again: the caller looks
            if (files.Directory is not null && !state.Source.IsByDescriptor)
                continue;
            if (state.Source.TryBorrow() is { } there)
            {
                there.Release();
                continue;
            }
            Errno errno = await OpenBlockAsync(content, block, state, onlyIfThere, interrupt);
            if (errno != 0)
                return errno;
        }
        return 0;
    }

    private async ValueTask<Errno> OpenBlockAsync(Content content, long block, BlockState state, bool onlyIfThere, CancellationToken interrupt)
    {
        var call = new OpenBlock
        {
            Node = content.Node.Value,
            Version = content.Version,
            Block = (ulong)block,
            Generation = state.Generation,
        };
        Result<CallAnswer> answer = await channel.CallAsync(new Envelope { OpenBlock = call }, interrupt, onlyIfThere);
        if (answer.Errno == Errno.ENOENT)
        {
            content.Drop(block, state);
            return 0;
        }
        if (!answer.IsOk)
            return answer.Errno;
        if (answer.Value.Descriptor is not { } descriptor)
            return Errno.EIO;
        if (answer.Value.Install?.InstallBlock is not { } install || install.Generation != call.Generation || install.Block != call.Block)
        {
            descriptor.Dispose();
            return Errno.EIO;
        }
        files.Attach(state.Source, descriptor).Release();
        return 0;
    }
}
