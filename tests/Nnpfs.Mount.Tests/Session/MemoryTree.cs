using System.Globalization;
using System.Text;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Mounting;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Session;

/// <summary>A small fixed tree, for tests of the session alone: no daemon, no cache.</summary>
internal sealed class MemoryTree : IVolumeTree,
    IHandler<LookupRequest, EntryOut>, IForgetHandler, IHandler<GetAttrRequest, AttrOut>, IHandler<StatxRequest, StatxOut>,
    IHandler<ReadLinkRequest, Bytes>, IHandler<OpenRequest, OpenOut>, IHandler<ReadRequest, Bytes>, IHandler<ReleaseRequest, Nothing>,
    IHandler<ReadDirRequest, Bytes>, IHandler<StatFsRequest, StatFsOut>, IHandler<GetXattrRequest, Bytes>,
    IHandler<ListXattrRequest, Bytes>, IHandler<LseekRequest, LseekOut>
{
    public const int BigSize = 3_000_000, ManyFiles = 1000;
    public const string Hello = "hello, kernel\n";

    private const ulong Root = 1, HelloNode = 2, BigNode = 3, SlowNode = 4, ThrowsNode = 5, LinkNode = 6, LateNode = 7, FirstOfMany = 1000;
    private const uint Directory = 0x4000 | 0x1ED, Regular = 0x8000 | 0x1A4, Symlink = 0xA000 | 0x1FF;

    private static readonly TimeSpan Valid = TimeSpan.FromSeconds(60);
    private static readonly byte[] Big = Pattern.Bytes(BigSize);
    private static readonly Dictionary<string, ulong> Named = new()
    {
        ["hello"] = HelloNode,
        ["big"] = BigNode,
        ["slow"] = SlowNode,
        ["throws"] = ThrowsNode,
        ["link"] = LinkNode,
        ["late"] = LateNode,
    };

    private readonly List<(string Name, ulong Node)> _entries =
    [
        .. Named.Select(pair => (pair.Key, pair.Value)),
        .. Enumerable.Range(0, ManyFiles).Select(i => ($"file-{i:d4}", FirstOfMany + (ulong)i)),
    ];

    public HandlerSet Handlers => new()
    {
        Lookup = this,
        Forget = this,
        GetAttr = this,
        Statx = this,
        ReadLink = this,
        Open = this,
        Read = this,
        Release = this,
        ReadDir = this,
        ReadDirPlus = new Plus(this),
        StatFs = this,
        GetXattr = this,
        ListXattr = this,
        Lseek = this,
    };

    public void Attach(IKernelNotifier notifier)
    {
    }

    public void Attach(BackingOffer offer)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void Forget(ulong node, ulong count)
    {
    }

    public ValueTask<Result<EntryOut>> HandleAsync(LookupRequest message, Request request)
    {
        string name = message.Name.ToString();
        ulong node = _entries.FirstOrDefault(entry => entry.Name == name).Node;
        return new(node == 0 ? EntryOut.Negative(Valid) : new EntryOut(node, Valid, Valid, AttrOf(node)));
    }

    public ValueTask<Result<AttrOut>> HandleAsync(GetAttrRequest message, Request request) => new(new AttrOut(Valid, AttrOf(message.Node)));

    public ValueTask<Result<StatxOut>> HandleAsync(StatxRequest message, Request request) => new(new StatxOut(Valid, AttrOf(message.Node)));

    public ValueTask<Result<Bytes>> HandleAsync(ReadLinkRequest message, Request request)
    {
        "hello"u8.CopyTo(request.Room(5).Span);
        return new(new Bytes(5));
    }

    public ValueTask<Result<OpenOut>> HandleAsync(OpenRequest message, Request request) =>
        new(new OpenOut(new FileHandle(message.Node), OpenAnswers.None));

    public ValueTask<Result<Bytes>> HandleAsync(ReadRequest message, Request request) => message.Node switch
    {
        SlowNode => WaitForeverAsync(request),
        LateNode => ReadLateAsync(message, request),
        ThrowsNode => throw new InvalidOperationException("as the test wants it"),
        _ => new(Read(message, request.Room(message.Size).Span)),
    };

    public ValueTask<Result<Nothing>> HandleAsync(ReleaseRequest message, Request request) => new(default(Nothing));

    public ValueTask<Result<Bytes>> HandleAsync(ReadDirRequest message, Request request)
    {
        var writer = new DirectoryWriter(request.Room(message.Size).Span);
        for (int i = (int)message.Offset; i < _entries.Count; i++)
        {
            (string name, ulong node) = _entries[i];
            if (!writer.TryAdd(new DirectoryEntry(node, (ulong)i + 1, AttrOf(node).Mode), Encoding.UTF8.GetBytes(name)))
                break;
        }
        return new(new Bytes(writer.Length));
    }

    public ValueTask<Result<StatFsOut>> HandleAsync(StatFsRequest message, Request request) =>
        new(new StatFsOut { Blocks = 1000, FreeBlocks = 400, AvailableBlocks = 400, BlockSize = 4096, FragmentSize = 4096, NameLength = 255 });

    public ValueTask<Result<Bytes>> HandleAsync(GetXattrRequest message, Request request) =>
        new(message.Name.ToString() == "user.nnpfs.node"
            ? XattrAnswer.Of(Encoding.ASCII.GetBytes(message.Node.ToString(CultureInfo.InvariantCulture)), message.Size, request.Room(Math.Max(message.Size, XattrAnswer.SizeOnly)).Span)
            : Errno.ENODATA);

    public ValueTask<Result<Bytes>> HandleAsync(ListXattrRequest message, Request request) =>
        new(XattrAnswer.Of("user.nnpfs.node\0"u8, message.Size, request.Room(Math.Max(message.Size, XattrAnswer.SizeOnly)).Span));

    public ValueTask<Result<LseekOut>> HandleAsync(LseekRequest message, Request request) =>
        new(message.Whence == LseekRequest.SeekData ? new LseekOut(message.Offset) : new LseekOut((long)AttrOf(message.Node).Size));

    private static Result<Bytes> Read(ReadRequest message, Span<byte> room)
    {
        ReadOnlySpan<byte> content = message.Node == HelloNode ? Encoding.ASCII.GetBytes(Hello) : Big;
        ReadOnlySpan<byte> wanted = content[(int)Math.Min(message.Offset, content.Length)..];
        wanted = wanted[..Math.Min(wanted.Length, room.Length)];
        wanted.CopyTo(room);
        return new Bytes(wanted.Length);
    }

    private static async ValueTask<Result<Bytes>> ReadLateAsync(ReadRequest message, Request request)
    {
        await Task.Delay(5, request.Interrupt);
        Memory<byte> room = await request.RoomAsync(message.Size);
        return Read(message, room.Span);
    }

    private static async ValueTask<Result<Bytes>> WaitForeverAsync(Request request)
    {
        await Task.Delay(Timeout.Infinite, request.Interrupt);
        return Errno.EIO;
    }

    private static Attr AttrOf(ulong node) => new()
    {
        Inode = node,
        Mode = node switch { Root => Directory, LinkNode => Symlink, _ => Regular },
        Size = node switch { HelloNode => (ulong)Hello.Length, LinkNode => 5, _ => BigSize },
        Links = 1,
        BlockSize = 4096,
        Mtime = 1_000_000_000,
    };

    private sealed class Plus(MemoryTree tree) : IHandler<ReadDirRequest, Bytes>
    {
        public ValueTask<Result<Bytes>> HandleAsync(ReadDirRequest message, Request request)
        {
            var writer = new DirectoryWriter(request.Room(message.Size).Span);
            for (int i = (int)message.Offset; i < tree._entries.Count; i++)
            {
                (string name, ulong node) = tree._entries[i];
                var entry = new EntryOut(node, Valid, Valid, AttrOf(node));
                if (!writer.TryAddPlus(in entry, new DirectoryEntry(node, (ulong)i + 1, AttrOf(node).Mode), Encoding.UTF8.GetBytes(name)))
                    break;
            }
            return new(new Bytes(writer.Length));
        }
    }
}
