using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Kernel;

/// <summary>Handlers that do as a test says; by default each fails with ENOENT.</summary>
internal static class FakeHandlers
{
    public static HandlerSet Set { get; } = new()
    {
        Lookup = new Fake<LookupRequest, EntryOut>(),
        Forget = new FakeForget(),
        GetAttr = new Fake<GetAttrRequest, AttrOut>(),
        Statx = new Fake<StatxRequest, StatxOut>(),
        ReadLink = new Fake<ReadLinkRequest, Bytes>(),
        Open = new Fake<OpenRequest, OpenOut>(),
        Read = new Fake<ReadRequest, Bytes>(),
        Release = new Fake<ReleaseRequest, Nothing>(),
        ReadDir = new Fake<ReadDirRequest, Bytes>(),
        ReadDirPlus = new Fake<ReadDirRequest, Bytes>(),
        StatFs = new Fake<StatFsRequest, StatFsOut>(),
        GetXattr = new Fake<GetXattrRequest, Bytes>(),
        ListXattr = new Fake<ListXattrRequest, Bytes>(),
        Lseek = new Fake<LseekRequest, LseekOut>(),
    };
}

internal sealed class Fake<TMessage, TReply>(Func<TMessage, Request, ValueTask<Result<TReply>>>? answer = null) : IHandler<TMessage, TReply>
    where TMessage : struct, IRequest<TMessage>
    where TReply : struct, IReply
{
    public ValueTask<Result<TReply>> HandleAsync(TMessage message, Request request) => answer?.Invoke(message, request) ?? new(Errno.ENOENT);
}

internal sealed class FakeForget : IForgetHandler
{
    public List<(ulong Node, ulong Count)> Forgotten { get; } = [];

    public void Forget(ulong node, ulong count) => Forgotten.Add((node, count));
}
