using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Session;

/// <summary>The kernel's side of /dev/fuse: a test puts requests in and takes replies out.</summary>
internal sealed class FakeDevice : IFuseDevice
{
    private readonly BlockingCollection<byte[]> _requests = [];
    private readonly BlockingCollection<byte[]> _replies = [];

    public void Put(byte[] request) => _requests.Add(request);

    /// <summary>A header and a body: 40 bytes as fuse_in_header has them, then the pieces.</summary>
    public static byte[] Request(Opcode opcode, ulong unique, ulong node, params byte[][] body)
    {
        byte[] rest = [.. body.SelectMany(piece => piece)];
        byte[] bytes = new byte[40 + rest.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), unique);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), node);
        rest.CopyTo(bytes, 40);
        return bytes;
    }

    /// <summary>INIT as Linux 6.18 sends it: 7.45, 128 KiB of read-ahead, every flag.</summary>
    public static byte[] Init(uint major = 7, uint minor = 45) => Request(
        Opcode.Init, 1, 0, U32(major), U32(minor), U32(128 * 1024), U32(0x7fffffff), U32(0xffffffff), new byte[44]);

    public static byte[] U32(uint value) => BitConverter.GetBytes(value);

    public static byte[] U64(ulong value) => BitConverter.GetBytes(value);

    public static byte[] Text(string name) => [.. Encoding.UTF8.GetBytes(name), 0];

    /// <summary>The next reply, taken apart.</summary>
    public (int Error, ulong Unique, byte[] Body) Take()
    {
        Assert.True(_replies.TryTake(out byte[]? reply, TimeSpan.FromSeconds(20)), "no reply came");
        Assert.Equal(reply!.Length, BinaryPrimitives.ReadInt32LittleEndian(reply));
        return (BinaryPrimitives.ReadInt32LittleEndian(reply.AsSpan(4)), BinaryPrimitives.ReadUInt64LittleEndian(reply.AsSpan(8)), reply[16..]);
    }

    public int Pending => _replies.Count;

    public Result<int> Read(Span<byte> buffer)
    {
        if (!_requests.TryTake(out byte[]? request, Timeout.Infinite))
            return Errno.ENODEV;
        request.CopyTo(buffer);
        return request.Length;
    }

    public Errno Write(ReadOnlySpan<byte> message)
    {
        _replies.Add(message.ToArray());
        return 0;
    }

    public Errno Write(ReadOnlySpan<byte> front, ReadOnlySpan<byte> rest) => Write([.. front, .. rest]);

    public Result<IFuseDevice> Clone() => Errno.EACCES;

    public Result<FuseRing> OpenRing(IReadOnlyList<ushort> queues, int payload) => Errno.ENOSYS;

    public void Unmount() => _requests.CompleteAdding();

    public void Dispose()
    {
        _requests.Dispose();
        _replies.Dispose();
    }
}
