using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

public sealed class ReadingTests
{
    private const int Size = (3 * FakeDaemon.BlockSize) + 5000;

    private static readonly byte[] Content = Pattern(Size);

    [Fact]
    public async Task Reads_of_all_places_and_sizes_have_the_content_and_stop_at_its_end()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        var random = new Random(5);
        for (int i = 0; i < 60; i++)
        {
            int offset = random.Next(Size + 10_000), size = random.Next(1, 400_000);
            byte[] expected = offset >= Size ? [] : Content[offset..Math.Min(offset + size, Size)];
            Assert.Equal(expected, (await kernel.ReadAsync(node, file, offset, size)).Value);
        }
    }

    [Fact]
    public async Task A_miss_asks_for_the_bytes_that_are_read_and_no_more()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        await kernel.ReadAsync(node, file, FakeDaemon.BlockSize + 100, 4096);
        GetData call = kernel.Daemon.Last(Envelope.BodyOneofCase.GetData).GetData;
        Assert.Equal((ulong)FakeDaemon.BlockSize + 100, call.Offset);
        Assert.Equal(4096ul, call.Length);
        Assert.Equal("8192 1%", await kernel.XattrAsync(node, "user.nnpfs.cached"));
    }

    [Fact]
    [Claim("S2"), Claim("S3")]
    public async Task A_cached_read_costs_no_message_and_no_allocation()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, Size);
        Request request = kernel.NewRequest();
        ReplyBuffer spare = new(1024 * 1024);
        IHandler<ReadRequest, Bytes> handler = kernel.Handlers.Read;
        long Reads(int count)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
            {
                request.Finish();
                System.Runtime.InteropServices.MemoryMarshal.Write(request.Input, new InHeader { Length = 40, Unique = 1 });
                request.TryBegin(40, spare);
                ValueTask<Result<Bytes>> read = handler.HandleAsync(
                    new ReadRequest(node, new FileHandle(file), i * 4096L % (Size - 70_000), 65_536, 0), request);
                if (!read.IsCompletedSuccessfully || read.Result.Value.Length != 65_536)
                    throw new InvalidOperationException("a cached read was not answered at once");
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Reads(100);
        int data = kernel.Daemon.Count(Envelope.BodyOneofCase.GetData);
        // A round may meet the runtime's own work (a method compiled anew); a read that allocates would show in every one.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => Reads(2000)));
        Assert.Equal(data, kernel.Daemon.Count(Envelope.BodyOneofCase.GetData));
        Assert.True(kernel.Volume.Parts.Counters.Hits >= 2100);
    }

    [Fact]
    public async Task Blocks_that_were_reclaimed_without_a_word_are_asked_for_again()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        // Known to be filled, and never opened here.
        await kernel.Volume.Parts.Data.FetchAsync(kernel.Volume.Parts.Nodes.Get(node)!.Content!, 0, Size, 0, CancellationToken.None);
        kernel.Daemon.Reclaim();
        Assert.Equal(Content, (await kernel.ReadAsync(node, file, 0, Size)).Value);
    }

    [Fact]
    public async Task A_reclaimed_block_that_arlad_names_is_forgotten_and_its_file_closed()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, 100);
        Nnpfs.Driver.Data.Content content = kernel.Volume.Parts.Nodes.Get(node)!.Content!;
        kernel.Daemon.Send(new Envelope
        {
            Reclaim = new Reclaim { Blocks = { new ReclaimedBlock { Node = content.Node.Value, Version = 1, Block = 0, Generation = content.Get(0)!.Generation } } },
        });
        await FakeKernel.Eventually(() => content.Get(0) is null, "the block is forgotten");
        Assert.Equal(Content[..100], (await kernel.ReadAsync(node, file, 0, 100)).Value);
    }

    [Fact]
    [Claim("S11"), Claim("S12")]
    public async Task An_open_file_keeps_its_version_and_a_new_open_sees_the_new_one()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, 4096);
        FakeNode changed = kernel.Daemon.Root.Children["f"];
        (changed.Content, changed.Version) = (Pattern(9000, 77), 2);
        await InvalidateAsync(kernel, changed.Id);

        Assert.Equal(Errno.ESTALE, (await kernel.OpenAsync(node)).Errno); // the kernel looks up again
        EntryOut entry = (await kernel.LookupAsync(1, "f")).Value;
        Assert.NotEqual(node, entry.Node);
        ulong fresh = (await kernel.OpenAsync(entry.Node)).Value;
        Assert.Equal(changed.Content, (await kernel.ReadAsync(entry.Node, fresh, 0, 100_000)).Value);
        Assert.Equal(Content[..4096], (await kernel.ReadAsync(node, file, 0, 4096)).Value);
        Assert.Equal(Errno.ESTALE, (await kernel.ReadAsync(node, file, FakeDaemon.BlockSize, 4096)).Errno);
        Assert.Equal((ulong)Size, (await kernel.GetAttrAsync(node)).Value.Attr.Size); // fstat of the old one
    }

    [Fact]
    public async Task The_read_that_passes_a_mark_reports_it_once()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, 100_000);
        kernel.Daemon.Send(new Envelope
        {
            InstallData = new InstallData { Node = kernel.Daemon.Root.Children["f"].Id, Version = 1, Size = Size, Stream = file, Mark = 50_000 },
        });
        kernel.Daemon.Send(new Envelope { InstallStatFs = new InstallStatFs { TotalBytes = 4096 } });
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Installer.StatFs is not null, "the installs arrive");
        await kernel.ReadAsync(node, file, 0, 40_000);
        Assert.Equal(0, kernel.Daemon.Count(Envelope.BodyOneofCase.Ahead));
        await kernel.ReadAsync(node, file, 40_000, 20_000);
        await kernel.ReadAsync(node, file, 60_000, 20_000);
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.Ahead) == 1, "the mark is reported");
        Assert.Equal(60_000ul, kernel.Daemon.Last(Envelope.BodyOneofCase.Ahead).Ahead.Offset);
    }

    [Fact]
    public async Task A_file_that_was_read_from_arlad_reports_its_close_and_one_that_was_here_does_not()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong node, ulong file) = await OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, 100_000);
        ulong second = (await kernel.OpenAsync(node)).Value;
        await kernel.ReadAsync(node, second, 0, 100_000);

        foreach (ulong handle in new[] { second, file })
            await kernel.Handlers.Release.HandleAsync(new ReleaseRequest(node, new FileHandle(handle)), kernel.NewRequest());

        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.Closed) > 0, "the close is reported");
        Assert.Equal(file, kernel.Daemon.Last(Envelope.BodyOneofCase.Closed).Closed.Stream);
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.Closed));
    }

    [Fact]
    [Claim("S16")]
    public async Task A_file_of_which_nothing_is_here_and_that_has_changed_opens_in_its_new_version()
    {
        FakeNode? file = null;
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => file = d.Add(d.Root, "f", Kind.File, Content));
        ulong old = (await kernel.LookupAsync(1, "f")).Value.Node;
        (file!.Content, file.Version) = ([1, 2, 3], 2);

        Assert.Equal(Errno.ESTALE, (await kernel.OpenAsync(old)).Errno); // upon which a kernel looks the path up again
        (ulong node, ulong opened) = await OpenAsync(kernel);
        Assert.NotEqual(old, node);
        Assert.Equal([1, 2, 3], (await kernel.ReadAsync(node, opened, 0, 100)).Value);
    }

    [Fact]
    [Claim("S8")]
    public async Task A_reader_that_is_interrupted_ends_at_once_and_arlad_is_told()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            d.Add(d.Root, "f", Kind.File, Content);
            d.Intercept = e => e.BodyCase == Envelope.BodyOneofCase.GetData;
        });
        (ulong node, ulong file) = await OpenAsync(kernel);
        Request request = kernel.NewRequest();
        Task<Result<byte[]>> read = kernel.ReadAsync(node, file, 0, 100, request);
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.GetData) == 1, "the call arrives");
        Assert.True(request.TryInterrupt(1));
        Assert.Equal(Errno.EINTR, (await read).Errno);
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.Cancel) == 1, "the cancel arrives");
        Assert.Equal(kernel.Daemon.Last(Envelope.BodyOneofCase.GetData).Sequence, kernel.Daemon.Last(Envelope.BodyOneofCase.Cancel).Cancel.Sequence);
    }

    [Fact]
    public async Task A_handle_of_another_node_and_a_made_up_one_are_EBADF()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "f", Kind.File, Content));
        (ulong _, ulong file) = await OpenAsync(kernel);
        Assert.Equal(Errno.EBADF, (await kernel.ReadAsync(1, file, 0, 1)).Errno);
        Assert.Equal(Errno.EBADF, (await kernel.ReadAsync(1, ulong.MaxValue, 0, 1)).Errno);
    }

    internal static async Task<(ulong Node, ulong File)> OpenAsync(FakeKernel kernel)
    {
        ulong node = (await kernel.LookupAsync(1, "f")).Value.Node;
        return (node, (await kernel.OpenAsync(node)).Value);
    }

    internal static async Task InvalidateAsync(FakeKernel kernel, params ulong[] nodes)
    {
        ulong ticket = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = ticket, Epoch = ++kernel.Daemon.Epoch, Nodes = { nodes } } });
        await FakeKernel.Eventually(
            () => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) > 0
                && kernel.Daemon.Last(Envelope.BodyOneofCase.InvalidateDone).InvalidateDone.Ticket == ticket,
            "the ticket comes back");
    }

    internal static byte[] Pattern(int size, int seed = 1)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
