using Google.Protobuf;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Channel;

/// <summary>A driver that dies after any of its messages: a real arlad holds nothing of it afterwards.</summary>
public sealed class DyingDriverTests
{
    private const string Volume = "test";
    private const int Messages = 16;

    [RootTheory]
    [Claim("S19")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_driver_that_dies_after_any_message_leaves_nothing_in_arlad(bool awaitsAnswers)
    {
        using var scratch = new Scratch();
        for (int i = 0; i <= Messages; i++) // one for each death: nothing of it is cached
            File.WriteAllBytes($"{scratch.Directory("origin")}/{i}", Pattern.Bytes(3_000_000));
        await using TestArlad arlad = await TestArlad.StartAsync(
            $"[volume {Volume}]\norigin = {scratch.Path("origin")}\ndelay = 20ms\nblock-size = 256K\nmax-ahead = 1M", "", scratch);
        (Node root, Node[] files) = Learn(arlad);
        await Leaks.CheckAsync(arlad);
        int sockets = arlad.Program.OpenFiles().Count(IsSocket);

        for (int messages = 0; messages <= Messages; messages++)
        {
            using (ScriptedDriver driver = Connect(arlad))
                Play(driver, Script(root, files[messages]).AsSpan(0, messages), awaitsAnswers);
            await Leaks.CheckAsync(arlad);
        }
        await Patience.UntilAsync(() => arlad.Program.OpenFiles().Count(IsSocket) <= sockets, "the sockets of those that died");
        Assert.DoesNotContain(" ERR ", arlad.Program.Output, StringComparison.Ordinal);
    }

    /// <summary>Every message of a driver's, and calls of which one needs what the other fetches.</summary>
    private static Envelope[] Script(Node root, Node file) =>
    [
        new() { Hello = new() { Versions = { 1 }, Volume = Volume, Mount = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()) } },
        new() { Sequence = 1, GetRoot = new() },
        new() { Sequence = 2, GetData = new() { Node = root.Id } },
        new() { Sequence = 3, GetNode = new() { Parent = root.Id, Name = ByteString.CopyFromUtf8("0") } },
        new() { Sequence = 4, GetAttr = new() { Node = file.Id } },
        new() { Sequence = 5, GetData = Data(file, 0, 5) },
        new() { Sequence = 6, GetData = Data(file, 1_000_000, 5) },
        new() { Sequence = 7, GetData = Data(file, 1_000_000, 6) },
        new() { Ahead = new() { Node = file.Id, Version = file.Version, Offset = 1_500_000, Stream = 5 } },
        new() { Sequence = 8, OpenBlock = new() { Node = file.Id, Version = file.Version, Generation = 1 } },
        new() { Sequence = 9, GetXattr = new() { Node = file.Id, Name = ByteString.CopyFromUtf8("user.nnpfs.origin") } },
        new() { Cancel = new() { Sequence = 6 } },
        new() { Accessed = new() { Nodes = { file.Id } } },
        new() { Inactive = new() { Nodes = { file.Id } } },
        new() { Sequence = 10, GetData = Data(file, 2_000_000, 7) },
        new() { Goodbye = new() },
    ];

    private static GetData Data(Node file, ulong offset, ulong stream) =>
        new() { Node = file.Id, Version = file.Version, Offset = offset, Length = 300_000, Stream = stream };

    private static (Node Root, Node[] Files) Learn(TestArlad arlad)
    {
        using ScriptedDriver driver = Connect(arlad);
        driver.Greet(Volume);
        return (driver.Root(), [.. Enumerable.Range(0, Messages + 1).Select(i => driver.File($"{i}"))]);
    }

    private static ScriptedDriver Connect(TestArlad arlad) => new(SeqpacketSocket.Connect(arlad.Channel).Value);

    private static void Play(ScriptedDriver driver, ReadOnlySpan<Envelope> script, bool awaitsAnswers)
    {
        foreach (Envelope message in script)
        {
            driver.Send(message);
            if (awaitsAnswers && message.Sequence != 0)
                driver.End(message.Sequence);
        }
    }

    private static bool IsSocket(string file) => file.StartsWith("socket:", StringComparison.Ordinal);
}
