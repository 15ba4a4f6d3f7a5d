using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Handlers;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>The handlers over a fake daemon, called as the session would call them, without a kernel.</summary>
internal sealed class FakeKernel : IAsyncDisposable, IKernelNotifier
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ReplyBufferPool _pool = new(1024 * 1024, 16);
    private readonly List<string> _notified = [];

    private FakeKernel(FakeDaemon daemon, MountedVolume volume)
    {
        (Daemon, Volume) = (daemon, volume);
        Volume.Attach(this);
    }

    public FakeDaemon Daemon { get; }

    public MountedVolume Volume { get; }

    public HandlerSet Handlers => Volume.Handlers;

    /// <summary>Not set: the kernel takes its time with each notification.</summary>
    public ManualResetEventSlim Notifies { get; } = new(true);

    /// <summary>What the kernel was told to give back, in order.</summary>
    public string[] Notified
    {
        get
        {
            lock (_notified)
                return [.. _notified];
        }
    }

    public static async Task<FakeKernel> StartAsync(Action<FakeDaemon>? prepare = null, TimeSpan? timeout = null)
    {
        var daemon = new FakeDaemon();
        prepare?.Invoke(daemon);
        var options = new ChannelOptions { SocketPath = "", Volume = "v", MountPoint = "/m", Timeout = timeout ?? Limit };
        (MountedVolume? volume, ConnectFailure? failure) = await MountedVolume.ConnectAsync(
            options, TimeProvider.System, NullLogger.Instance, daemon.Connect, CancellationToken.None);
        Assert.Null(failure);
        return new FakeKernel(daemon, volume!);
    }

    /// <summary>A request as the session begins it; <see cref="Request.TryInterrupt"/> works with unique 1.</summary>
    public Request NewRequest()
    {
        var request = new Request(_pool);
        var header = new InHeader { Length = 40, Opcode = Opcode.Lookup, Unique = 1 };
        MemoryMarshal.Write(request.Input, in header);
        Assert.True(request.TryBegin(40, new ReplyBuffer(1024 * 1024)));
        return request;
    }

    public Task<Result<EntryOut>> LookupAsync(ulong parent, string name, Request? request = null) =>
        Handlers.Lookup.HandleAsync(new LookupRequest(parent, new Name(Encoding.UTF8.GetBytes(name))), request ?? NewRequest()).AsTask().WaitAsync(Limit);

    public async Task<Result<ulong>> OpenAsync(ulong node)
    {
        Result<OpenOut> opened = await Handlers.Open.HandleAsync(new OpenRequest(node, 0), NewRequest()).AsTask().WaitAsync(Limit);
        return opened.IsOk ? opened.Value.File.Value : opened.Errno;
    }

    public async Task<Result<byte[]>> ReadAsync(ulong node, ulong file, long offset, int size, Request? request = null)
    {
        request ??= NewRequest();
        Result<Bytes> read = await Handlers.Read.HandleAsync(new ReadRequest(node, new FileHandle(file), offset, size, 0), request)
            .AsTask().WaitAsync(Limit);
        return read.IsOk ? request.Output(read.Value.Length)[16..].ToArray() : read.Errno;
    }

    public Task<Result<AttrOut>> GetAttrAsync(ulong node) =>
        Handlers.GetAttr.HandleAsync(new GetAttrRequest(node, null), NewRequest()).AsTask().WaitAsync(Limit);

    /// <summary>Lists a directory, whole.</summary>
    public async Task<List<(string Name, ulong Inode, ulong Node)>> ListAsync(ulong node, bool plus = false, int size = 4096)
    {
        var entries = new List<(string, ulong, ulong)>();
        for (ulong? offset = 0; offset is { } at;)
            offset = (await ReadDirAsync(node, at, entries, plus, size)).Value;
        return entries;
    }

    /// <summary>One READDIR.</summary>
    /// <returns>where to go on; null: that was the end</returns>
    public async Task<Result<ulong?>> ReadDirAsync(
        ulong node, ulong offset, List<(string Name, ulong Inode, ulong Node)> entries, bool plus = false, int size = 4096)
    {
        Request request = NewRequest();
        IHandler<ReadDirRequest, Bytes> handler = plus ? Handlers.ReadDirPlus : Handlers.ReadDir;
        Result<Bytes> read = await handler.HandleAsync(new ReadDirRequest(node, default, offset, size), request).AsTask().WaitAsync(Limit);
        if (!read.IsOk)
            return read.Errno;
        return Result.Of<ulong?>(read.Value.Length == 0 ? null : Parse(request.Output(read.Value.Length).Span[16..], plus, entries));
    }

    public async Task<string?> XattrAsync(ulong node, string name)
    {
        Request request = NewRequest();
        Result<Bytes> got = await Handlers.GetXattr.HandleAsync(new GetXattrRequest(node, new Name(Encoding.UTF8.GetBytes(name)), 4096), request)
            .AsTask().WaitAsync(Limit);
        return got.IsOk ? Encoding.UTF8.GetString(request.Output(got.Value.Length).Span[16..]) : null;
    }

    /// <summary>Polls, generously.</summary>
    public static async Task Eventually(Func<bool> condition, string what)
    {
        DateTime limit = DateTime.UtcNow + Limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < limit, what);
            await Task.Delay(5);
        }
    }

    public Errno InvalidateNode(ulong node, long offset, long length) => Note($"node {node} {offset}");

    public Errno InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly) => Note($"entry {parent} {Encoding.UTF8.GetString(name)}");

    public Errno Delete(ulong parent, ulong child, ReadOnlySpan<byte> name) => Errno.ENOSYS;

    public async ValueTask DisposeAsync()
    {
        Notifies.Set();
        await Volume.DisposeAsync();
        Daemon.Dispose();
        _pool.Dispose();
    }

    private Errno Note(string what)
    {
        lock (_notified)
            _notified.Add(what);
        Notifies.Wait(Limit);
        return 0;
    }

    private static ulong Parse(ReadOnlySpan<byte> bytes, bool plus, List<(string, ulong, ulong)> entries)
    {
        ulong offset = 0;
        while (!bytes.IsEmpty)
        {
            ulong node = plus ? MemoryMarshal.Read<ulong>(bytes) : 0;
            int front = plus ? 128 : 0;
            ulong inode = MemoryMarshal.Read<ulong>(bytes[front..]);
            offset = MemoryMarshal.Read<ulong>(bytes[(front + 8)..]);
            int length = MemoryMarshal.Read<int>(bytes[(front + 16)..]);
            entries.Add((Encoding.UTF8.GetString(bytes.Slice(front + 24, length)), inode, node));
            bytes = bytes[((front + 24 + length + 7) & ~7)..];
        }
        return offset;
    }
}
