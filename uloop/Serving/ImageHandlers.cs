using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>Answers the kernel for a file system that is one file: its root.</summary>
internal static class ImageHandlers
{
    public const ulong Root = 1;

    private const uint RegularFile = 0x8000, OwnerReads = 0x100; // S_IFREG, S_IRUSR
    private static readonly TimeSpan Valid = TimeSpan.FromDays(365);

    public static HandlerSet Of(Image image)
    {
        Attr attr = AttrOf(image.Length);
        return new()
        {
            GetAttr = new Fixed<GetAttrRequest, AttrOut>(new AttrOut(Valid, in attr)),
            Statx = new Fixed<StatxRequest, StatxOut>(new StatxOut(Valid, in attr)),
            // Nothing of it in the page cache: the device above has its own.
            Open = new Fixed<OpenRequest, OpenOut>(new OpenOut(new FileHandle(0), OpenAnswers.DirectIo | OpenAnswers.NoFlush)),
            Read = new ImageReadHandler(image),
            Release = new Fixed<ReleaseRequest, Nothing>(default),
            StatFs = new Fixed<StatFsRequest, StatFsOut>(new StatFsOut { BlockSize = Image.PageSize, FragmentSize = Image.PageSize, NameLength = 255 }),
            Forget = new NothingLent(),
            Lookup = new Unserved<LookupRequest, EntryOut>(),
            ReadLink = new Unserved<ReadLinkRequest, Bytes>(),
            ReadDir = new Unserved<ReadDirRequest, Bytes>(),
            ReadDirPlus = new Unserved<ReadDirRequest, Bytes>(),
            GetXattr = new Unserved<GetXattrRequest, Bytes>(),
            ListXattr = new Unserved<ListXattrRequest, Bytes>(),
            Lseek = new Unserved<LseekRequest, LseekOut>(),
        };
    }

    private static Attr AttrOf(long size) => new()
    {
        Inode = Root,
        Size = (ulong)size,
        Blocks = (ulong)size / 512,
        Mode = RegularFile | OwnerReads,
        Links = 1,
        BlockSize = Image.PageSize,
    };

    /// <summary>The same answer for ever.</summary>
    private sealed class Fixed<TMessage, TReply>(TReply reply) : IHandler<TMessage, TReply>
        where TMessage : struct, IRequest<TMessage>
        where TReply : struct, IReply
    {
        public ValueTask<Result<TReply>> HandleAsync(TMessage message, Request request) => new(reply);
    }

    /// <summary>What a file system without directories is not asked; the kernel remembers the answer.</summary>
    private sealed class Unserved<TMessage, TReply> : IHandler<TMessage, TReply>
        where TMessage : struct, IRequest<TMessage>
        where TReply : struct, IReply
    {
        public ValueTask<Result<TReply>> HandleAsync(TMessage message, Request request) => new(Errno.ENOSYS);
    }

    /// <summary>The kernel has the root for itself: no entry lends it.</summary>
    private sealed class NothingLent : IForgetHandler
    {
        public void Forget(ulong node, ulong count)
        {
            // nothing to take back
        }
    }
}
