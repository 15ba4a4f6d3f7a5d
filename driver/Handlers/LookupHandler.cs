using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Handlers;

/// <summary>LOOKUP: resolves one name in one directory.</summary>
/// <remarks>Every entry lends the kernel one reference to its node; FORGET gives it back.</remarks>
internal sealed class LookupHandler(HandlerParts parts) : IHandler<LookupRequest, EntryOut>
{
    /// <returns>the entry, or a negative one; ENAMETOOLONG; ENOENT for a name that no entry can have; ESTALE: the parent was forgotten</returns>
    public ValueTask<Result<EntryOut>> HandleAsync(LookupRequest message, Request request)
    {
        if (message.Name.Length > NodeName.MaxLength)
            return new(Errno.ENAMETOOLONG);
        if (!NodeName.IsValid(message.Name.Bytes))
            return new(Errno.ENOENT);
        if (parts.Nodes.Get(message.Parent) is not { } parent)
            return new(Errno.ESTALE);
        if (!parent.IsDirectory)
            return new(Errno.ENOTDIR);
        return parts.Service.TryLookup(parent, message.Name.Bytes, out Result<EntryOut> entry)
            ? new(entry)
            : AskAsync(parent, message.Name, request);
    }

    private async ValueTask<Result<EntryOut>> AskAsync(Node parent, Name name, Request request)
    {
        Result<EntryOut> entry = await parts.Service.LookupAsync(parent, name.Memory, request.Interrupt);
        if (!entry.IsOk && entry.Errno != Errno.ENOENT)
            parts.Errors.Note(parent.Id, entry.Errno);
        return entry;
    }
}
