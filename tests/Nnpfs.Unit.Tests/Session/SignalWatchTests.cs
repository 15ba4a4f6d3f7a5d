using System.Buffers.Binary;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Session;

/// <summary>A request whose process is being killed is interrupted, though the kernel did not say so; no other is.</summary>
public sealed class SignalWatchTests
{
    [Fact]
    public async Task Only_the_requests_of_a_process_that_is_ending_are_interrupted()
    {
        var inFlight = new InFlight();
        Request ending = Begin(2, process: 77), living = Begin(4, process: 78), nobodys = Begin(6, process: 0);
        foreach (Request request in (Request[])[ending, living, nobodys])
            inFlight.Add(request);
        CancellationToken interrupt = ending.Interrupt;

        new SignalWatch(inFlight, TimeProvider.System).Look(process => process is 77 or 0);

        await Patience.UntilAsync(() => interrupt.IsCancellationRequested, "the interrupt");
        Assert.True(ending.IsInterrupted);
        Assert.False(living.IsInterrupted);
        Assert.False(nobodys.IsInterrupted);
    }

    private static Request Begin(ulong unique, uint process)
    {
        byte[] bytes = FakeDevice.Request(Opcode.ReadLink, unique, node: 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), process);
        var request = new Request(new ReplyBufferPool(4096, 1));
        bytes.CopyTo(request.Input);
        Assert.True(request.TryBegin(bytes.Length, new ReplyBuffer(4096)));
        return request;
    }
}
