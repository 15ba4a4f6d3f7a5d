using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Posix;

public sealed class SeqpacketSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nnpfs-socket").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_packet_arrives_whole_with_its_descriptor()
    {
        (SeqpacketSocket one, SeqpacketSocket other) = SeqpacketSocket.Pair().Value;
        using var _ = one;
        using var __ = other;
        string path = Path.Combine(_directory, "file");
        File.WriteAllText(path, "hello");
        using SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value;

        Assert.Equal((Errno)0, one.Send([1, 2, 3], file));
        byte[] buffer = new byte[100];
        Result<int> length = other.Receive(buffer, out SafeFd? received);

        Assert.Equal(3, length.Value);
        byte[] text = new byte[10];
        Assert.NotNull(received);
        Assert.Equal(5, Files.ReadAt(received, text, 0).Value);
        received.Dispose();
    }

    [Fact]
    public void A_packet_larger_than_the_buffer_is_an_error_and_its_descriptor_is_closed()
    {
        (SeqpacketSocket one, SeqpacketSocket other) = SeqpacketSocket.Pair().Value;
        using var _ = one;
        using var __ = other;
        using SafeFd file = Files.Open("/dev/null", OpenModes.ReadOnly).Value;
        int before = Directory.GetFileSystemEntries("/proc/self/fd").Length;

        one.Send(new byte[1000], file);
        Result<int> length = other.Receive(new byte[10], out SafeFd? received);

        Assert.Equal(Errno.EMSGSIZE, length.Errno);
        Assert.Null(received);
        Assert.True(Directory.GetFileSystemEntries("/proc/self/fd").Length <= before + 2);
    }

    [Fact]
    public void A_packet_of_64_KiB_passes_and_one_more_byte_does_not()
    {
        (SeqpacketSocket one, SeqpacketSocket other) = SeqpacketSocket.Pair().Value;
        using var _ = one;
        using var __ = other;
        Assert.Equal((Errno)0, one.Send(new byte[SeqpacketSocket.MaxPacket]));
        Assert.Equal(SeqpacketSocket.MaxPacket, other.Receive(new byte[SeqpacketSocket.MaxPacket], out SafeFd? none).Value);
        Assert.Null(none);
        Assert.Equal(Errno.EMSGSIZE, one.Send(new byte[SeqpacketSocket.MaxPacket + 1]));
    }

    [Fact]
    public void A_sender_that_does_not_wait_is_told_that_the_receiver_is_slow()
    {
        (SeqpacketSocket one, SeqpacketSocket other) = SeqpacketSocket.Pair().Value;
        using var _ = one;
        using var __ = other;
        Errno sent = 0;
        for (int i = 0; i < 10_000 && sent == 0; i++)
            sent = one.Send(new byte[60_000], wait: false);
        Assert.Equal(Errno.EAGAIN, sent);
    }

    [Fact]
    public void A_client_learns_who_listens_and_the_listener_who_connected()
    {
        string path = Path.Combine(_directory, "socket");
        using SeqpacketListener listener = SeqpacketListener.Listen(path, 0x1B0).Value;
        using SeqpacketSocket client = SeqpacketSocket.Connect(path).Value;
        using SeqpacketSocket server = listener.Accept().Value;

        PeerCredentials peer = server.Peer().Value;
        Assert.Equal(Environment.ProcessId, peer.ProcessId);
        Assert.Equal(client.Peer().Value.Uid, peer.Uid);
        Assert.True(peer.IsIn(peer.Gid));
        Assert.Equal((UnixFileMode)0x1B0, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_stale_socket_is_replaced_a_live_one_and_a_file_are_not()
    {
        string path = Path.Combine(_directory, "socket");
        using (SeqpacketListener live = SeqpacketListener.Listen(path, 0x180).Value)
            Assert.Equal(Errno.EADDRINUSE, SeqpacketListener.Listen(path, 0x180).Errno);
        File.WriteAllText(path, "precious");
        Assert.Equal(Errno.EADDRINUSE, SeqpacketListener.Listen(path, 0x180).Errno);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_shutdown_wakes_a_blocked_accept_and_a_blocked_receive()
    {
        string path = Path.Combine(_directory, "socket");
        using SeqpacketListener listener = SeqpacketListener.Listen(path, 0x180).Value;
        using SeqpacketSocket client = SeqpacketSocket.Connect(path).Value;
        using SeqpacketSocket server = listener.Accept().Value;
        Task<Errno> accept = Task.Factory.StartNew(() => listener.Accept().Errno, TaskCreationOptions.LongRunning);
        Task<int> receive = Task.Factory.StartNew(() => client.Receive(new byte[10], out SafeFd? _).Value, TaskCreationOptions.LongRunning);

        await Task.Delay(20);
        listener.Shutdown();
        client.Shutdown();

        Assert.Equal(Errno.EINVAL, await accept.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, await receive.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Nobody_there_is_told_apart_from_nothing_there()
    {
        Assert.Equal(Errno.ENOENT, SeqpacketSocket.Connect(Path.Combine(_directory, "absent")).Errno);
        Assert.Equal(Errno.ENAMETOOLONG, SeqpacketSocket.Connect("/" + new string('x', 200)).Errno);
    }
}
