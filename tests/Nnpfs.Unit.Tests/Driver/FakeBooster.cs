using System.Globalization;
using System.Runtime.InteropServices;
using Nnpfs.Driver.Boosting;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>A program with the booster, as the driver sees it: a connection, and the attributes that it asks for.</summary>
internal sealed class FakeBooster : IDisposable
{
    private readonly FakeKernel _kernel;
    private ulong _tag;

    public FakeBooster(FakeKernel kernel, UInt128 secret)
    {
        (_kernel, Secret) = (kernel, secret);
        Socket = Connect(kernel.Volume.Parts.Boost.Boosters);
        Assert.Equal((Errno)0, Socket.Send(Hello(secret)));
    }

    public SeqpacketSocket Socket { get; }

    public UInt128 Secret { get; }

    public static SeqpacketSocket Connect(Boosters boosters) => SeqpacketSocket.ConnectAbstract(Boosters.NamePrefix + boosters.Identity).Value;

    public static byte[] Hello(UInt128 secret, uint version = BoostAsk.Version)
    {
        byte[] hello = new byte[BoostHello.Size];
        MemoryMarshal.Write(hello, in version);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(hello.AsSpan(8), secret);
        return hello;
    }

    public static string Attribute(UInt128 secret, ulong tag) =>
        string.Create(CultureInfo.InvariantCulture, $"user.nnpfs.booster.1.{secret:x32}.{tag:x16}");

    /// <returns>the answer to the attribute</returns>
    public static async Task<Result<BoostGrant>> AskAsync(FakeKernel kernel, ulong node, string attribute, int size = BoostGrant.Size)
    {
        Request request = kernel.NewRequest();
        var message = new GetXattrRequest(node, new Name(System.Text.Encoding.UTF8.GetBytes(attribute)), size);
        Result<Bytes> answer = await kernel.Handlers.GetXattr.HandleAsync(message, request).AsTask().WaitAsync(FakeKernel.Limit);
        if (!answer.IsOk)
            return answer.Errno;
        return size == 0 ? default : MemoryMarshal.Read<BoostGrant>(request.Output(answer.Value.Length).Span[16..]);
    }

    /// <param name="node">of which file</param>
    /// <param name="behind">the attribute's name: how it is asked</param>
    /// <returns>what the attribute answered, and the descriptor that came</returns>
    public async Task<(BoostOutcome Outcome, SafeFd? File)> AskAsync(ulong node, string behind = "")
    {
        BoostGrant grant = (await AskAsync(_kernel, node, Attribute(Secret, ++_tag) + behind)).Value;
        Assert.Equal((BoostAsk.Version, _tag), (grant.Version, grant.Tag));
        if (grant.Outcome != BoostOutcome.Sent)
        {
            AssertNothingCame();
            return (grant.Outcome, null);
        }
        byte[] packet = new byte[SeqpacketSocket.MaxPacket];
        Assert.Equal(BoostGrant.Size, Socket.Receive(packet, out SafeFd? file, wait: false).Value);
        Assert.Equal(grant, MemoryMarshal.Read<BoostGrant>(packet));
        return (grant.Outcome, file);
    }

    /// <returns>what the attribute answered where parts will do as well, the file with some of the pages, and the words of their map</returns>
    public async Task<(BoostOutcome Outcome, SafeFd? File, SafeFd? Map)> AskForPartsAsync(ulong node)
    {
        BoostGrant grant = (await AskAsync(_kernel, node, Attribute(Secret, ++_tag) + "+")).Value;
        if (grant.Outcome != BoostOutcome.Part)
            return (grant.Outcome, null, null);
        byte[] packet = new byte[SeqpacketSocket.MaxPacket];
        Assert.Equal(BoostGrant.Size, Socket.Receive(packet, out SafeFd? file, wait: false).Value);
        Assert.Equal(grant, MemoryMarshal.Read<BoostGrant>(packet));
        Assert.Equal(BoostGrant.Size, Socket.Receive(packet, out SafeFd? map, wait: false).Value);
        Assert.Equal(grant with { FileSize = (ulong)Disk.Extent(map!).Value.Length }, MemoryMarshal.Read<BoostGrant>(packet));
        return (grant.Outcome, file, map);
    }

    public void AssertNothingCame() => Assert.Equal(Errno.EAGAIN, Socket.Receive(new byte[100], out _, wait: false).Errno);

    public void Dispose() => Socket.Dispose();
}
