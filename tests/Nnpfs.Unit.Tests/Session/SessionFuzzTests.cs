using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.TestKit;
using Nnpfs.Unit.Tests.Kernel;
using static Nnpfs.Unit.Tests.Session.FakeDevice;

namespace Nnpfs.Unit.Tests.Session;

/// <summary>Requests of random opcodes and bytes, through the whole session: from the device's bytes to the reply's.</summary>
public sealed class SessionFuzzTests
{
    private const int Batch = 200;

    [Theory]
    [Claim("S26")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_the_device_gives_the_next_request_is_answered(int seed)
    {
        seed = Fuzz.SeedOf(seed);
        var random = new Random(seed);
        using var device = new FakeDevice();
        device.Put(Init());
        using FuseSession session = FuseSession.Open(device, new SessionOptions(1, 256), NullLogger.Instance).Value;
        device.Take();
        session.Start(FakeHandlers.Set);
        ulong unique = 2;
        for (int batch = Fuzz.Times(20); batch > 0; batch--)
        {
            for (int i = 0; i < Batch; i++)
                device.Put(Any(random, unique++));
            ulong last = unique++;
            device.Put(Request(Opcode.StatFs, last, 1));
            while (device.Take() is var reply && reply.Unique != last)
                Assert.True(reply.Error is <= 0 and > -512, $"seed {seed}: {reply.Error}"); // else the kernel takes the reply for broken
        }
        device.Unmount();
        await session.WaitForEndAsync().WaitAsync(Patience.Limit);
    }

    /// <summary>A header whose length is right, as the kernel's always is, and anything else.</summary>
    private static byte[] Any(Random random, ulong unique)
    {
        byte[] body = new byte[random.Next(4) == 0 ? random.Next(4096) : random.Next(64)];
        if (random.Next(3) > 0)
            random.NextBytes(body);
        var opcode = (Opcode)(random.Next(8) == 0 ? random.Next() : random.Next(60));
        if (opcode is Opcode.Init or Opcode.Destroy or Opcode.Interrupt)
            opcode = Opcode.Lookup;
        byte[] request = Request(opcode, unique, (ulong)random.NextInt64(), body);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(24), (uint)random.Next()); // the user's id
        return request;
    }
}
