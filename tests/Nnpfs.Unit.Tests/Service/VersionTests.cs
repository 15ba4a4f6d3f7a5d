using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>Which version of a file a driver is told of, and can read.</summary>
public sealed class VersionTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

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
    public async Task After_a_restart_an_open_waits_for_one_block_to_be_checked_and_a_read_for_its_own()
    {
        const int Block = 256 << 10;
        await using var rig = new ServiceRig(origin => origin["a"] = new byte[4 * Block], options => options.Checksums = true);
        ScriptedDriver driver = rig.Mount();
        driver.Data(driver.File("a"), length: 4 * Block);
        await rig.RestartAsync();
        driver = rig.Mount();
        Node file = driver.File("a");
        (int facts, int reads) = (rig.Origin.Facts, rig.Origin.Reads);

        Assert.Equal((Errno)0, driver.Data(file, length: 0).Errno);
        Assert.Equal(64, rig.Cache.CheckedPages);
        (Errno errno, List<Envelope> installs) = driver.Data(file, 3 * Block, 1);
        Assert.Equal((Errno)0, errno);
        Assert.Equal([0ul, 3ul], installs[^1].InstallData.Blocks.Select(block => block.Block).Order());
        Assert.Equal(128, rig.Cache.CheckedPages);
        Assert.Equal((facts, reads), (rig.Origin.Facts, rig.Origin.Reads));
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
}
