using Nnpfs.Driver.Data;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>Directories, which the kernel opens by itself: what a reader sees, and of what the kernel may keep a copy.</summary>
public sealed class ListingTests
{
    private const int Files = 300, Some = 1000;

    [Fact]
    [Claim("S31")]
    public async Task A_reader_keeps_to_the_listing_that_it_began_and_leaves_the_kernel_no_copy_of_it()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        List<(string Name, ulong Inode, ulong Node)> old = [], young = [];
        ulong? oldAt = (await kernel.ReadDirAsync(1, 0, old, size: Some)).Value;
        string[] before = NamesOf(kernel);
        kernel.Daemon.Root.Children.Remove(before[^1]);
        kernel.Daemon.Add(kernel.Daemon.Root, "z", Kind.File);
        kernel.Daemon.Root.Version++;
        await ReadingTests.InvalidateAsync(kernel, kernel.Daemon.Root.Id);

        ulong? youngAt = (await kernel.ReadDirAsync(1, 0, young, size: Some)).Value;
        Assert.Equal(old.Select(entry => entry.Name), young.Select(entry => entry.Name));
        Assert.NotEqual(oldAt, youngAt); // or the kernel would put the rest of one behind the begin of the other
        int dropped = Dropped(kernel);
        while (oldAt is { } at)
        {
            Assert.Equal(dropped, Dropped(kernel));
            oldAt = (await kernel.ReadDirAsync(1, at, old, size: Some)).Value;
        }
        Assert.Equal(before, old.Skip(2).Select(entry => entry.Name));
        Assert.Equal(dropped + 1, Dropped(kernel));

        while (youngAt is { } at)
            youngAt = (await kernel.ReadDirAsync(1, at, young, size: Some)).Value;
        Assert.Equal(NamesOf(kernel), young.Skip(2).Select(entry => entry.Name));
        Assert.Equal(dropped + 1, Dropped(kernel));
    }

    [Theory]
    [Claim("S31")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_walk_whose_listing_was_reclaimed_goes_on_in_it_if_it_is_still_the_current_one_and_else_ends_with_ESTALE(bool isReplaced)
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        List<(string Name, ulong Inode, ulong Node)> seen = [];
        ulong? at = (await kernel.ReadDirAsync(1, 0, seen, size: Some)).Value;
        Content listing = kernel.Volume.Parts.Nodes.Get(1)!.Content!;
        kernel.Daemon.Reclaim();
        kernel.Daemon.Send(new Envelope { Reclaim = new Reclaim { Blocks = { new ReclaimedBlock { Node = 1, Version = 1, Generation = listing.Get(0)!.Generation } } } });
        await FakeKernel.Eventually(() => listing.Get(0) is null, "it is gone");
        if (isReplaced)
        {
            kernel.Daemon.Root.Version++;
            await ReadingTests.InvalidateAsync(kernel, kernel.Daemon.Root.Id);
            Assert.Equal(Errno.ESTALE, (await kernel.ReadDirAsync(1, at!.Value, seen, size: Some)).Errno);
            return;
        }
        while (at is { } next)
            at = (await kernel.ReadDirAsync(1, next, seen, size: Some)).Value;
        Assert.Equal(NamesOf(kernel), seen.Skip(2).Select(entry => entry.Name));
    }

    [Fact]
    public async Task A_place_in_a_listing_that_is_not_known_is_answered_ESTALE_and_nothing_is_asked()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        await kernel.ListAsync(1);
        int messages = kernel.Daemon.Messages;
        ulong other = ListingPlace.MarkOf(new NodeId(1), kernel.Daemon.Root.Version + 1);
        Assert.Equal(Errno.ESTALE, (await kernel.ReadDirAsync(1, new ListingPlace(other, 8).Offset, [])).Errno);
        Assert.Equal(messages, kernel.Daemon.Messages);
    }

    [Fact]
    [Claim("S14")]
    public async Task Of_a_listed_directory_the_attributes_hold_no_longer_than_the_listing()
    {
        const int Long = 600, Short = 100; // s
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        await kernel.ListAsync(1);
        EntryOut entry = (await kernel.LookupAsync(1, "d")).Value; // vouched for by the listing above
        Assert.InRange(entry.AttrValid, (ulong)Short, (ulong)Long);
        kernel.Daemon.ValidMs = Short * 1000;

        await kernel.ListAsync(entry.Node);

        await FakeKernel.Eventually(
            () => kernel.Notified.Contains($"node {entry.Node} -1"), "the kernel gives up the attributes that it had for longer");
        Assert.InRange((await kernel.GetAttrAsync(entry.Node)).Value.Valid, 1ul, (ulong)Short);
        entry = (await kernel.LookupAsync(1, "d")).Value;
        Assert.InRange(entry.AttrValid, 1ul, (ulong)Short);
        Assert.InRange(entry.EntryValid, (ulong)Short, (ulong)Long);
    }

    [Fact]
    [Claim("S14")]
    public async Task A_copy_of_a_listing_whose_time_is_over_is_given_up_before_the_kernel_opens_the_directory_if_another_is_current()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(daemon =>
        {
            Tree(daemon);
            daemon.ValidMs = 1; // and that is over before the next request
        });
        await kernel.ListAsync(1);
        await Task.Delay(5);
        int asked = kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr);

        Assert.True((await kernel.GetAttrAsync(1)).IsOk);
        Assert.Equal(asked + 1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr));
        Assert.Equal(0, Dropped(kernel));

        kernel.Daemon.Root.Version++;
        await Task.Delay(5);
        Assert.True((await kernel.GetAttrAsync(1)).IsOk);
        Assert.Equal(1, Dropped(kernel));
        await Task.Delay(5);
        Assert.True((await kernel.GetAttrAsync(1)).IsOk);
        Assert.Equal(1, Dropped(kernel)); // it had none any more
    }

    [Fact]
    public void Consecutive_versions_have_marks_of_their_own_and_an_offset_carries_mark_and_place_and_is_not_negative()
    {
        for (ulong node = 1; node < 1000; node++)
        {
            ulong mark = ListingPlace.MarkOf(new NodeId(node), node * 7);
            Assert.NotEqual(mark, ListingPlace.MarkOf(new NodeId(node), (node * 7) + 1));
            foreach (ulong place in (ulong[])[1, 8, ListingPlace.MaxPlace])
            {
                Assert.Equal(new ListingPlace(mark, place), ListingPlace.Of(new ListingPlace(mark, place).Offset));
                Assert.True((long)new ListingPlace(mark, place).Offset > 0);
            }
        }
    }

    private static int Dropped(FakeKernel kernel) => kernel.Notified.Count(what => what == "node 1 0");

    private static string[] NamesOf(FakeKernel kernel) => [.. kernel.Daemon.Root.Children.Keys.Order(StringComparer.Ordinal)];

    private static void Tree(FakeDaemon daemon)
    {
        for (int i = 0; i < Files; i++)
            daemon.Add(daemon.Root, $"file-{i:d4}", Kind.File);
        daemon.Add(daemon.Root, "d", Kind.Directory);
    }
}
