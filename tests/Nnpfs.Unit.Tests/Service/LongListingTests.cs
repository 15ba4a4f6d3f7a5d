using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Proto;
using Nnpfs.TestKit;
using Nnpfs.Unit.Tests.Cache;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>What goes on beside a listing that takes long to be taken in.</summary>
public sealed class LongListingTests
{
    private static readonly OriginFacts Directory = new() { Kind = OriginKind.Directory };

    [Fact]
    public async Task A_listing_that_is_being_taken_in_keeps_no_answer_of_another_directory()
    {
        await using var cache = new CacheFixture();
        Tree tree = TreeOf(cache);
        NodeId large = Made(tree, tree.Root, "large"), other = Made(tree, tree.Root, "other");
        List(tree, large, size: 1);
        using ManualResetEventSlim inside = new(), goOn = new();
        tree.Outdating = record =>
        {
            if (record.Parent != large)
                return;
            inside.Set();
            goOn.Wait();
        };
        Task listing = Task.Run(() => List(tree, large, size: 2));
        Assert.True(inside.Wait(Patience.Limit));

        await Task.Run(() => Made(tree, other, "entry")).WaitAsync(Patience.Limit);
        await Task.Run(() => Made(tree, tree.Root, "third")).WaitAsync(Patience.Limit);
        Assert.False(listing.IsCompleted);
        goOn.Set();
        await listing;
    }

    [Fact]
    public async Task A_directory_that_went_while_its_listing_was_taken_in_leaves_nothing_behind()
    {
        await using var cache = new CacheFixture();
        Tree tree = TreeOf(cache);
        NodeId large = Made(tree, tree.Root, "large");
        List(tree, large, size: 1);
        tree.Outdating = record =>
        {
            if (record.Name.Span.SequenceEqual("one"u8))
                Assert.NotNull(Task.Run(() => tree.ApplyAbsence(tree.Root, "large"u8.ToArray())).Result);
        };

        Assert.Equal(Errno.ESTALE, List(tree, large, size: 2));
        Assert.Empty(cache.Volume.Children(large).Value);
    }

    private static Tree TreeOf(CacheFixture cache)
    {
        NodeRecord root = new() { Id = cache.Volume.Root, Parent = cache.Volume.Root, Facts = Directory, Version = 1 };
        Assert.Equal((Errno)0, cache.Volume.Put(root));
        return new Tree(cache.Volume, TimeProvider.System, _ => 1000);
    }

    private static NodeId Made(Tree tree, NodeId parent, string name) =>
        tree.Apply(parent, System.Text.Encoding.UTF8.GetBytes(name), Directory, tree.Fresh.Moment).Value.Node.Id;

    /// <summary>Two files of so many bytes.</summary>
    private static Errno List(Tree tree, NodeId directory, long size)
    {
        OriginFacts facts = new() { Kind = OriginKind.File, Size = size };
        OriginEntry[] entries = [new("one"u8.ToArray(), OriginKind.File, facts), new("two"u8.ToArray(), OriginKind.File, facts)];
        return tree.ApplyListing(directory, Directory, new OriginListing(entries, default), tree.Fresh.Moment, force: false).Errno;
    }
}
