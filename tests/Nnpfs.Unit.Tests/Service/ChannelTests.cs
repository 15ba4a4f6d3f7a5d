using Google.Protobuf;
using Nnpfs.Daemon.Service;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>The channel from a driver's side: what is asked, what is installed, what is taken back.</summary>
public sealed class ChannelTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [Fact]
    public async Task A_greeting_is_answered_with_the_cache_directory()
    {
        await using var rig = new ServiceRig();
        ScriptedDriver driver = rig.Connect();
        Welcome welcome = driver.Greet("v", 0, 0, 1, 99);

        Assert.Equal(1u, welcome.Version);
        Assert.Equal(256u * 1024, welcome.BlockSize);
        Assert.NotEqual(0ul, welcome.Epoch);
        Assert.NotNull(driver.CacheDirectory);
    }

    [Fact]
    public async Task A_driver_that_wants_descriptors_is_not_handed_the_directory()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver driver = rig.Mount(features: 1);
        Node file = driver.File("a");
        BlockMap map = driver.Data(file).Installs[^1].InstallData.Blocks[0];
        (Errno errno, _) = driver.Call(new Envelope { OpenBlock = new() { Node = file.Id, Version = file.Version, Block = 0, Generation = map.Generation } });

        Assert.Equal((Errno)0, errno);
        Assert.NotNull(driver.CacheDirectory); // the only descriptor that came is the block's
        byte[] first = new byte[4096];
        Assert.Equal(4096, Files.ReadAt(driver.CacheDirectory, first, 0).Value);
        Assert.Equal(Content[..4096], first);
    }

    [Theory]
    [InlineData("v", 7u, "no common protocol version")]
    [InlineData("w", 1u, "no volume \"w\"; there is v")]
    public async Task A_greeting_that_cannot_be_answered_is_refused_with_a_reason(string volume, uint version, string reason)
    {
        await using var rig = new ServiceRig();
        ScriptedDriver driver = rig.Connect();
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => driver.Greet(volume, 0, 0, version));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.True(driver.WaitForEnd());
    }

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
            var name = new BlockName(new(file.Id), file.Version, (long)block.Block, block.Generation);
            using SafeFd opened = Files.OpenBeneath(driver.CacheDirectory!, System.Text.Encoding.ASCII.GetBytes(name.ToString()), OpenModes.ReadOnly).Value;
            Files.ReadAt(opened, read.AsSpan((int)block.Block * 256 * 1024), 0);
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
        SpinWait.SpinUntil(() => rig.Volume.Waiters.Count == 5, TimeSpan.FromSeconds(20));
        gate.SetResult();
        driver.End(calls[^1]);

        Assert.Equal(1, rig.Origin.Facts);
    }

    [Fact]
    public async Task A_lookup_does_not_wait_behind_a_listing_that_hangs()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        rig.Origin.Gate = (what, cancel) => what.StartsWith("list", StringComparison.Ordinal) ? Task.Delay(Timeout.Infinite, cancel) : Task.CompletedTask;
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        driver.Begin(new Envelope { GetData = new() { Node = root.Id, Version = root.Version, Length = 4096 } });

        Assert.Equal((ulong)Content.Length, driver.Lookup(root.Id, "a").Node!.Attributes.Size);
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once_and_the_origin_is_let_go()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        var letGo = new TaskCompletionSource();
        rig.Origin.Gate = async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => letGo.TrySetResult(), TaskScheduler.Default);
            cancel.ThrowIfCancellationRequested();
        };
        ScriptedDriver driver = rig.Mount();
        ulong call = driver.Begin(new Envelope { GetNode = new() { Parent = driver.Root().Id, Name = ByteString.CopyFromUtf8("a") } });
        driver.Send(new Envelope { Cancel = new() { Sequence = call } });

        Assert.Equal(Errno.ECANCELED, driver.End(call).Errno);
        await letGo.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Reading_a_version_that_is_gone_is_ESTALE_and_the_new_attributes_come_first()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver driver = rig.Mount();
        Node file = driver.File("a");
        rig.Origin["a"] = [1, 2, 3];
        (Errno errno, List<Envelope> installs) = driver.Data(file);

        Assert.Equal(Errno.ESTALE, errno);
        Node now = Assert.Single(installs).InstallAttr.Node;
        Assert.Equal(3ul, now.Attributes.Size);
        Assert.NotEqual(file.Version, now.Version);
        Assert.Equal((Errno)0, driver.Data(now).Errno);
    }

    [Fact]
    [Claim("S16")]
    public async Task A_file_of_which_nothing_is_cached_is_proved_before_it_is_opened()
    {
        await using var rig = new ServiceRig(origin => (origin["a"], origin["b"]) = (Content, Content));
        ScriptedDriver driver = rig.Mount();
        (Node changed, Node same) = (driver.File("a"), driver.File("b"));
        rig.Origin["a"] = [1, 2, 3];
        (Errno errno, List<Envelope> installs) = driver.Data(changed, length: 0);

        Assert.Equal(Errno.ESTALE, errno);
        Assert.Equal(3ul, Assert.Single(installs).InstallAttr.Node.Attributes.Size);
        Assert.Equal((Errno)0, driver.Data(same, length: 0).Errno);
        Assert.Equal(0, rig.Origin.Reads);
        driver.Data(same);
        int facts = rig.Origin.Facts;
        Assert.Equal((Errno)0, driver.Data(same, length: 0).Errno);
        Assert.Equal(facts, rig.Origin.Facts); // what is cached needs no proof
    }

    [Fact]
    public async Task A_refresh_of_an_unchanged_file_that_comes_as_a_stream_keeps_its_version_and_its_blocks()
    {
        await using var rig = new ServiceRig(origin => (origin["a"], origin.Streamed, origin.FreshFor) = (Content, true, TimeSpan.Zero));
        ScriptedDriver driver = rig.Mount();
        Node before = driver.File("a");
        driver.Data(before, length: (ulong)Content.Length);
        (int facts, int reads) = (rig.Origin.Facts, rig.Origin.Reads);
        Node after = driver.File("a");
        Assert.True(rig.Origin.Facts > facts);
        Assert.Equal(before, after);

        (Errno errno, List<Envelope> installs) = driver.Data(after, length: (ulong)Content.Length);
        Assert.Equal((Errno)0, errno);
        Assert.Equal(2, installs[^1].InstallData.Blocks.Count);
        Assert.Equal((1, reads), (reads, rig.Origin.Reads));
        Assert.Empty(driver.Invalidations); // no mount is told of a change that is none
    }

    [Fact]
    [Claim("S15")]
    public async Task A_lookup_of_a_listed_directory_gives_no_token_that_its_listing_has_not()
    {
        await using var rig = new ServiceRig(origin => (origin["d/a"], origin["d/b"]) = (Content, Content));
        ScriptedDriver driver = rig.Mount();
        Node directory = driver.File("d");
        driver.Data(directory);
        Node listed = driver.File("d");
        await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default);
        rig.Origin.Remove("d/a");
        (_, Node? now, ulong valid) = driver.Lookup(driver.Root().Id, "d");

        Assert.True(valid == 0 || now!.Version > listed.Version, "the token is that of a listing which nobody asked for");
        Assert.Null(driver.Lookup(now!.Id, "a").Node);
    }

    [Fact]
    public async Task An_open_file_keeps_its_version_while_the_driver_knows_the_node()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver driver = rig.Mount();
        Node file = driver.File("a");
        driver.Data(file, 0, (ulong)Content.Length);
        rig.Origin["a"] = [1, 2, 3];
        await rig.Volume.InvalidateAsync(InvalidationTarget.Of(OriginPath.Of("a")), default);
        Node now = driver.File("a");

        Assert.NotEqual(file.Version, now.Version);
        Assert.Equal((Errno)0, driver.Data(file).Errno);
        driver.Send(new Envelope { Inactive = new() { Nodes = { file.Id } } });
        SpinWait.SpinUntil(() => driver.Data(file).Errno == Errno.ESTALE, TimeSpan.FromSeconds(20));
        Assert.Equal(Errno.ESTALE, driver.Data(file).Errno);
    }

    [Fact]
    public async Task An_unchanged_file_keeps_its_version_and_its_blocks_over_an_invalidation()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver driver = rig.Mount();
        Node file = driver.File("a");
        driver.Data(file);
        int reads = rig.Origin.Reads;
        InvalidationReport report = (await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default)).Value;
        Node again = driver.File("a");

        Assert.Equal(1, report.Mounts);
        Assert.Equal(file.Version, again.Version);
        Assert.Equal((Errno)0, driver.Data(again).Errno);
        Assert.Equal(reads, rig.Origin.Reads);
        Assert.True(Assert.Single(driver.Invalidations).Volume);
    }

    [Fact]
    public async Task A_weakly_validated_file_loses_its_content_by_an_invalidation()
    {
        await using var rig = new ServiceRig(origin => (origin["a"], origin.StrongValidators) = (Content, false));
        ScriptedDriver driver = rig.Mount();
        Node file = driver.File("a");
        await rig.Volume.InvalidateAsync(InvalidationTarget.Of(OriginPath.Of("a")), default);

        Assert.NotEqual(file.Version, driver.File("a").Version);
    }

    [Fact]
    public async Task An_invalidation_returns_when_every_mount_has_confirmed_it()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver quick = rig.Mount(), slow = rig.Mount();
        slow.ConfirmsInvalidations = false;
        Task<Result<InvalidationReport>> done = rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default).AsTask();
        Invalidate asked = slow.Next(envelope => envelope.BodyCase == Envelope.BodyOneofCase.Invalidate).Invalidate;

        Assert.False(done.IsCompleted);
        slow.Confirm(asked);
        Assert.Equal(2, (await done.WaitAsync(TimeSpan.FromSeconds(20))).Value.Mounts);
        Assert.Equal(rig.Volume.Epoch, asked.Epoch);
        Assert.Equal(asked.Epoch, Assert.Single(quick.Invalidations).Epoch);
    }

    [Fact]
    public async Task A_mount_that_does_not_confirm_is_cut_off_and_finds_another_epoch()
    {
        await using var rig = new ServiceRig(rules: new VolumeRules { InvalidateTimeout = TimeSpan.FromMilliseconds(100), Grace = TimeSpan.Zero });
        ScriptedDriver deaf = rig.Connect();
        ulong epoch = deaf.Greet("v").Epoch;
        deaf.ConfirmsInvalidations = false;
        InvalidationReport report = (await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default)).Value;

        Assert.Equal((0, 1), (report.Mounts, report.CutOff));
        Assert.True(deaf.WaitForEnd());
        Assert.NotEqual(epoch, rig.Connect().Greet("v", epoch).Epoch);
    }

    [Fact]
    public async Task A_break_while_the_origin_is_asked_is_not_lost()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        var asked = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        rig.Origin.Gate = (_, _) => asked.TrySetResult() ? gate.Task : Task.CompletedTask;
        ScriptedDriver driver = rig.Mount();
        ulong call = driver.Begin(new Envelope { GetNode = new() { Parent = driver.Root().Id, Name = ByteString.CopyFromUtf8("a") } });
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default);
        gate.SetResult();
        driver.End(call);

        Assert.True(rig.Origin.Facts > 1); // the answer from before the break was not taken for one
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

    [Fact]
    public async Task A_dead_driver_costs_nothing()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        rig.Origin.Gate = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        ScriptedDriver dying = rig.Mount();
        dying.Begin(new Envelope { GetNode = new() { Parent = dying.Root().Id, Name = ByteString.CopyFromUtf8("a") } });
        SpinWait.SpinUntil(() => rig.Volume.Waiters.Count == 1, TimeSpan.FromSeconds(20));
        dying.Dispose();

        Assert.True(SpinWait.SpinUntil(() => rig.Volume.Mounts.Count == 0, TimeSpan.FromSeconds(20)));
        rig.Origin.Gate = null;
        Assert.NotNull(rig.Mount().File("a"));
    }

    [Fact]
    public async Task Calls_beyond_the_limit_are_refused()
    {
        await using var rig = new ServiceRig(channel: new ChannelOptions { Socket = "", Owner = Privileges.User, MaxWaiting = 2 });
        rig.Origin.Gate = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        ScriptedDriver driver = rig.Mount();
        ulong root = driver.Root().Id;
        ulong[] calls = [.. Enumerable.Range(0, 3).Select(i => driver.Begin(new Envelope { GetNode = new() { Parent = root, Name = ByteString.CopyFromUtf8($"f{i}") } }))];

        Assert.Equal(Errno.EBUSY, driver.End(calls[2]).Errno);
    }
}
