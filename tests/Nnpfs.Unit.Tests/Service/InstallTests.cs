using Google.Protobuf;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>What a driver asks for is installed: files, directories, names, and the absence of names.</summary>
public sealed class InstallTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [Fact]
    public async Task A_file_is_found_and_its_pages_are_in_the_block_file_that_was_named()
    {
        await using var rig = new ServiceRig(origin => origin["dir/a"] = Content);
        ScriptedDriver driver = rig.Mount();
        Node directory = driver.File("dir");
        Node file = driver.Lookup(directory.Id, "a").Node!;
        (Errno errno, List<Envelope> installs) = driver.Data(file, 0, (ulong)Content.Length);

        Assert.Equal((Errno)0, errno);
        InstallData data = installs[^1].InstallData;
        Assert.Equal((ulong)Content.Length, data.Size);
        byte[] read = new byte[Content.Length];
        foreach (BlockMap block in data.Blocks)
        {
            Assert.True(block.Run); // it has several blocks
            var name = new BlockName(new(file.Id), file.Version, BlockName.Run, block.Generation);
            using SafeFd opened = Files.OpenBeneath(driver.CacheDirectory!, System.Text.Encoding.ASCII.GetBytes(name.ToString()), OpenModes.ReadOnly).Value;
            int start = (int)block.Block * 256 * 1024;
            Files.ReadAt(opened, read.AsSpan(start), start);
        }
        Assert.Equal(Content, read);
    }

    [Fact]
    public async Task A_directory_is_content_whose_entries_carry_nodes_and_attributes()
    {
        await using var rig = new ServiceRig(origin => (origin["a"], origin["b"]) = (Content, [1, 2]));
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        (Errno errno, List<Envelope> installs) = driver.Data(root);

        Assert.Equal((Errno)0, errno);
        Assert.Equal(root.Id, installs[^1].InstallData.Node);
        Assert.Equal(1, rig.Origin.Listings);
        int facts = rig.Origin.Facts;
        Assert.Equal(2ul, driver.Lookup(root.Id, "b").Node!.Attributes.Size);
        Assert.Null(driver.Lookup(root.Id, "c").Node);
        Assert.Equal(facts, rig.Origin.Facts); // the listing knew both
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_is_answered_without_a_node_and_for_a_time()
    {
        await using var rig = new ServiceRig();
        (Errno errno, Node? node, ulong valid) = rig.Mount() is var driver ? driver.Lookup(driver.Root().Id, "none") : default;

        Assert.Equal((Errno)0, errno);
        Assert.Null(node);
        Assert.InRange(valid, 1ul, 5000ul);
    }

    [Fact]
    public async Task One_lookup_is_asked_for_all_who_wait_for_it()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        var gate = new TaskCompletionSource();
        rig.Origin.Gate = (_, _) => gate.Task;
        ScriptedDriver driver = rig.Mount();
        ulong root = driver.Root().Id;
        ulong[] calls = [.. Enumerable.Range(0, 5).Select(_ => driver.Begin(new Envelope { GetNode = new() { Parent = root, Name = ByteString.CopyFromUtf8("a") } }))];
        SpinWait.SpinUntil(() => rig.Volume.Waiters.Count(waiter => waiter.Cause != WaitCause.Work) == 5, TimeSpan.FromSeconds(20));
        gate.SetResult();
        driver.End(calls[^1]);

        Assert.Equal(1, rig.Origin.Facts);
    }

    [Fact]
    public async Task A_lookup_does_not_wait_behind_a_listing_that_hangs()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        rig.Origin.Gate = (what, cancel) => what.StartsWith("list", StringComparison.Ordinal)
            ? Task.Delay(Timeout.Infinite, cancel) : Task.CompletedTask;
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        driver.Begin(new Envelope { GetData = new() { Node = root.Id, Version = root.Version, Length = 4096 } });

        Assert.Equal((ulong)Content.Length, driver.Lookup(root.Id, "a").Node!.Attributes.Size);
    }

    [Fact]
    public async Task What_is_cached_is_told_while_the_origin_cannot_be_asked_but_not_after_an_invalidation()
    {
        await using var rig = new ServiceRig(origin => (origin["a"], origin.FreshFor) = (Content, TimeSpan.Zero));
        ScriptedDriver driver = rig.Mount();
        ulong root = driver.Root().Id;
        driver.Lookup(root, "a");
        rig.Origin.FailWith = Errno.EHOSTUNREACH;
        Assert.Equal((Errno)0, driver.Lookup(root, "a").Errno);
        await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default);

        Assert.Equal(Errno.EHOSTUNREACH, driver.Lookup(root, "a").Errno);
    }
}
