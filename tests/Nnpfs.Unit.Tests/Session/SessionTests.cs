using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.TestKit.Origins;
using Nnpfs.Unit.Tests.Kernel;
using static Nnpfs.Unit.Tests.Session.FakeDevice;

namespace Nnpfs.Unit.Tests.Session;

/// <summary>The session over a device of bytes: requests in, replies out, no kernel.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly FakeDevice _device = new();
    private readonly ILogger _log = LoggerFactory.Create(_ => { }).CreateLogger("test");
    private FuseSession? _session;

    public void Dispose()
    {
        _device.Unmount();
        _session?.WaitForEndAsync().Wait(TimeSpan.FromSeconds(20));
        _session?.Dispose();
        _device.Dispose();
    }

    private void Start(HandlerSet? handlers = null, int threads = 1)
    {
        _device.Put(Init());
        _session = FuseSession.Open(_device, new SessionOptions(threads, 256), _log).Value;
        Assert.Equal(0, _device.Take().Error);
        _session.Start(handlers ?? FakeHandlers.Set);
    }

    private (int Error, ulong Unique, byte[] Body) Ask(byte[] request)
    {
        _device.Put(request);
        return _device.Take();
    }

    [Fact]
    public void Init_takes_what_it_wants_of_what_the_kernel_offers_and_nothing_else()
    {
        _device.Put(Init());
        _session = FuseSession.Open(_device, new SessionOptions(1, 256), _log).Value;
        (int error, ulong unique, byte[] body) = _device.Take();

        Assert.Equal((0, 1UL, 64), (error, unique, body.Length));
        Assert.Equal(7u, BitConverter.ToUInt32(body, 0));
        var flags = (InitFlags)BitConverter.ToUInt32(body, 12);
        Assert.True(flags.HasFlag(InitFlags.AsyncRead | InitFlags.DoReadDirPlus | InitFlags.ExplicitInvalData | InitFlags.MaxPages));
        Assert.Equal(InitFlags.None, flags & (InitFlags.PosixLocks | InitFlags.FlockLocks | InitFlags.WritebackCache | InitFlags.NoOpenSupport));
        Assert.Equal(256, BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(28)));
        Assert.Equal(1024 * 1024, _session.Agreement.MaxReply);
    }

    [Fact]
    public void A_kernel_that_is_too_old_is_refused()
    {
        _device.Put(Init(minor: 30));

        Assert.Equal(Errno.EPROTO, FuseSession.Open(_device, new SessionOptions(1, 256), _log).Errno);
        Assert.Equal(-(int)Errno.EPROTO, _device.Take().Error);
    }

    [Fact]
    public void A_kernel_with_a_newer_major_is_asked_to_try_ours()
    {
        _device.Put(Init(major: 8));
        _device.Put(Init());

        _session = FuseSession.Open(_device, new SessionOptions(1, 256), _log).Value;

        Assert.Equal(7u, BitConverter.ToUInt32(_device.Take().Body, 0));
        Assert.Equal(0, _device.Take().Error);
    }

    [Fact]
    public void A_lookup_is_answered_by_an_entry()
    {
        var attr = new Attr { Inode = 44, Size = 5, Mode = 0x81A4, Links = 1 };
        Start(FakeHandlers.Set with
        {
            Lookup = new Fake<LookupRequest, EntryOut>((message, _) => new(message.Name.ToString() == "notes"
                ? new EntryOut(44, TimeSpan.FromMilliseconds(1500), TimeSpan.FromSeconds(2), in attr)
                : Errno.ENOENT)),
        });

        (int error, ulong unique, byte[] body) = Ask(Request(Opcode.Lookup, 9, 1, Text("notes")));

        Assert.Equal((0, 9UL, 128), (error, unique, body.Length));
        Assert.Equal(44UL, BitConverter.ToUInt64(body, 0));          // nodeid
        Assert.Equal(1UL, BitConverter.ToUInt64(body, 16));          // entry_valid
        Assert.Equal(2UL, BitConverter.ToUInt64(body, 24));          // attr_valid
        Assert.Equal(500_000_000u, BitConverter.ToUInt32(body, 32)); // entry_valid_nsec
        Assert.Equal(5UL, BitConverter.ToUInt64(body, 48));          // attr.size
        Assert.Equal(-(int)Errno.ENOENT, Ask(Request(Opcode.Lookup, 11, 1, Text("else"))).Error);
    }

    [Fact]
    public async Task A_read_that_waits_lets_the_thread_serve_others()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(FakeHandlers.Set with
        {
            Read = new Fake<ReadRequest, Bytes>(async (message, request) =>
            {
                if (message.Node == 2)
                    await gate.Task;
                (await request.RoomAsync(message.Size)).Span.Fill((byte)message.Node);
                return new Bytes(message.Size);
            }),
        });

        _device.Put(Read(21, node: 2, size: 4096));
        (int error, ulong unique, byte[] body) = Ask(Read(23, node: 3, size: 100));
        gate.SetResult();
        (int lateError, ulong lateUnique, byte[] lateBody) = await Task.Run(_device.Take);

        Assert.Equal((0, 23UL), (error, unique));
        Assert.Equal(Enumerable.Repeat((byte)3, 100), body);
        Assert.Equal((0, 21UL), (lateError, lateUnique));
        Assert.Equal(Enumerable.Repeat((byte)2, 4096), lateBody);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_interrupt_ends_the_wait_of_its_request_alone(bool interruptComesFirst)
    {
        Start(FakeHandlers.Set with
        {
            Read = new Fake<ReadRequest, Bytes>(async (_, request) =>
            {
                await Task.Delay(Timeout.Infinite, request.Interrupt);
                return new Bytes(0);
            }),
        });
        byte[] interrupt = Request(Opcode.Interrupt, 32 | 1, 0, U64(32));

        _device.Put(Read(30, node: 2, size: 1));
        _device.Put(interruptComesFirst ? interrupt : Read(32, node: 2, size: 1));
        _device.Put(interruptComesFirst ? Read(32, node: 2, size: 1) : interrupt);

        (int error, ulong unique, _) = _device.Take();
        Assert.Equal((-(int)Errno.EINTR, 32UL), (error, unique));
        Assert.Equal(0, _device.Pending);
        // An answer is on its way before its request counts as gone.
        Assert.True(SpinWait.SpinUntil(() => _session!.Waiting == 1, TimeSpan.FromSeconds(20)), $"{_session!.Waiting} wait");
    }

    [Fact]
    public void Forgets_are_taken_and_never_answered()
    {
        var forget = new FakeForget();
        Start(FakeHandlers.Set with { Forget = forget });

        _device.Put(Request(Opcode.Forget, 40, 7, U64(3)));
        _device.Put(Request(Opcode.BatchForget, 42, 0, U32(2), U32(0), U64(8), U64(1), U64(9), U64(2)));
        _device.Put(Request(Opcode.BatchForget, 44, 0, U32(3), U32(0), U64(8), U64(1))); // counts more than it holds
        (_, ulong unique, _) = Ask(Request(Opcode.StatFs, 46, 1));

        Assert.Equal(46UL, unique);
        Assert.Equal([(7UL, 3UL), (8UL, 1UL), (9UL, 2UL)], forget.Forgotten);
    }

    [Fact]
    public void An_exception_is_an_EIO_and_the_session_goes_on()
    {
        Start(FakeHandlers.Set with { GetAttr = new Fake<GetAttrRequest, AttrOut>((_, _) => throw new InvalidOperationException("test")) });

        Assert.Equal(-(int)Errno.EIO, Ask(Request(Opcode.GetAttr, 50, 1, new byte[16])).Error);
        Assert.Equal(-(int)Errno.ENOENT, Ask(Request(Opcode.Lookup, 52, 1, Text("x"))).Error);
    }

    [Fact]
    public void An_answer_that_nobody_gave_is_an_EIO()
    {
        Start(FakeHandlers.Set with
        {
            GetAttr = new Fake<GetAttrRequest, AttrOut>((_, _) => default),                  // no value, no errno
            ReadLink = new Fake<ReadLinkRequest, Bytes>((_, _) => new(new Bytes(5))),        // bytes without room
        });

        Assert.Equal(-(int)Errno.EIO, Ask(Request(Opcode.GetAttr, 54, 1, new byte[16])).Error);
        Assert.Equal(-(int)Errno.EIO, Ask(Request(Opcode.ReadLink, 56, 1)).Error);
    }

    [Theory]
    [InlineData(Opcode.SetAttr, 88)]
    [InlineData(Opcode.Write, 40)]
    [InlineData(Opcode.Unlink, 2)]
    [InlineData(Opcode.Create, 18)]
    [InlineData(Opcode.Fallocate, 32)]
    [InlineData(Opcode.CopyFileRange, 56)]
    public void What_would_change_something_is_EROFS(object opcode, int size)
    {
        Start();

        Assert.Equal(-(int)Errno.EROFS, Ask(Request((Opcode)opcode, 60, 1, new byte[size])).Error);
    }

    [Theory]
    [InlineData(0, Errno.ENOENT)]     // O_RDONLY reaches the handler
    [InlineData(0x8000, Errno.ENOENT)] // O_LARGEFILE too
    [InlineData(1, Errno.EROFS)]
    [InlineData(2, Errno.EROFS)]
    [InlineData(0x200, Errno.EROFS)]  // O_TRUNC
    public void Only_opens_for_reading_reach_the_handler(uint flags, Errno errno)
    {
        Start();

        Assert.Equal(-(int)errno, Ask(Request(Opcode.Open, 62, 5, U32(flags), U32(0))).Error);
    }

    [Fact]
    public void Unknown_opcodes_and_malformed_requests_are_answered_and_harmless()
    {
        Start();

        Assert.Equal(-(int)Errno.ENOSYS, Ask(Request((Opcode)63, 70, 1)).Error);
        Assert.Equal(-(int)Errno.ENOSYS, Ask(Request((Opcode)uint.MaxValue, 72, 1)).Error);
        Assert.Equal(-(int)Errno.EIO, Ask(Request(Opcode.Lookup, 74, 1, "no end"u8.ToArray())).Error);
        _device.Put([1, 2, 3]);
        Assert.Equal(-(int)Errno.ENOENT, Ask(Request(Opcode.Lookup, 76, 1, Text("x"))).Error);
    }

    [Fact]
    public async Task A_read_answered_at_once_allocates_nothing()
    {
        byte[] content = Pattern.Bytes(4096);
        var probe = new AllocationProbe(Read(80, node: 2, size: 4096), rounds: 20_000);
        using FuseSession session = FuseSession.Open(probe, new SessionOptions(1, 256), _log).Value;
        session.Start(FakeHandlers.Set with
        {
            Read = new Fake<ReadRequest, Bytes>((message, request) =>
            {
                content.CopyTo(request.Room(message.Size).Span);
                return new(new Bytes(message.Size));
            }),
        });

        await session.WaitForEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, probe.AllocatedAfterWarmUp);
    }

    private static byte[] Read(ulong unique, ulong node, uint size) =>
        Request(Opcode.Read, unique, node, U64(1), U64(0), U32(size), U32(0), U64(0), U32(0), U32(0));

    /// <summary>Gives INIT, then the same request again and again, and counts what the thread that reads has allocated.</summary>
    private sealed class AllocationProbe(byte[] request, int rounds) : IFuseDevice
    {
        private int _reads;
        private long _start;

        public long AllocatedAfterWarmUp { get; private set; }

        public Result<int> Read(Span<byte> buffer)
        {
            int read = _reads++;
            if (read == 0)
            {
                byte[] init = Init();
                init.CopyTo(buffer);
                return init.Length;
            }
            if (read == rounds / 2)
                _start = GC.GetAllocatedBytesForCurrentThread();
            if (read == rounds)
            {
                AllocatedAfterWarmUp = GC.GetAllocatedBytesForCurrentThread() - _start;
                return Errno.ENODEV;
            }
            request.CopyTo(buffer);
            return request.Length;
        }

        public Errno Write(ReadOnlySpan<byte> message) => 0;

        public Errno Write(ReadOnlySpan<byte> front, ReadOnlySpan<byte> rest) => 0;

        public Result<IFuseDevice> Clone() => Errno.EACCES;

        public Result<FuseRing> OpenRing(IReadOnlyList<ushort> queues, int payload) => Errno.ENOSYS;

        public void Dispose()
        {
        }
    }
}
