using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;
using Nnpfs.Proto;
using Nnpfs.TestKit;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class NodeIndexTests
{
    [Fact]
    public async Task A_record_comes_back_as_it_was_put_and_outlives_a_restart()
    {
        await using var cache = new CacheFixture();
        NodeRecord record = cache.File("Zw\u00f6lf", 3, 1L << 40) with
        {
            Name = new byte[] { 0xff, 1, (byte)' ', 0x80 },
            FreshUntil = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
            Listing = new NodeListing(new OriginValidator("\"abc\"", true), DateTimeOffset.FromUnixTimeMilliseconds(5), 77),
            Facts = new OriginFacts
            {
                Kind = OriginKind.Symlink,
                Permissions = 0xFFF,
                Links = 2,
                Uid = 3,
                Gid = 4,
                Size = 1L << 40,
                MtimeNs = -5,
                CtimeNs = 6,
                Device = 7,
                Target = "to/there"u8.ToArray(),
                Validator = new OriginValidator("weak", false),
                Streamed = true,
            },
        };
        Assert.Equal((Errno)0, cache.Volume.Put(record));
        AssertSame(record, cache.Volume.Get(record.Id).Value); // before any commit
        await cache.ReopenAsync();
        AssertSame(record, cache.Volume.Get(record.Id).Value);
        AssertSame(record, cache.Volume.Find(record.Parent, record.Name).Value);
    }

    [Fact]
    [Claim("S17")]
    public async Task A_node_that_was_put_is_known_after_a_kill()
    {
        await using var cache = new CacheFixture();
        NodeRecord record = cache.File("told", 3, 5);
        Assert.Equal((Errno)0, cache.Volume.Put(record));
        DirectoryInfo left = Directory.CreateTempSubdirectory("nnpfs-killed-"); // what a kill at this moment leaves
        foreach (string file in Directory.GetFiles(cache.Path).Where(file => !file.EndsWith("lock", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(left.FullName, Path.GetFileName(file)));
        Assert.True(CacheStore.TryOpen(cache.Options with { Directory = left.FullName }, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        AssertSame(record, store.OpenVolume("docs", new Geometry(CacheFixture.BlockSize), checksums: true).Value.Get(record.Id).Value);
        await store.DisposeAsync();
        left.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_not_there_is_ENOENT()
    {
        await using var cache = new CacheFixture();
        Assert.Equal(Errno.ENOENT, cache.Volume.Get(new NodeId(99)).Errno);
        Assert.Equal(Errno.ENOENT, cache.Volume.Find(cache.Volume.Root, "x"u8.ToArray()).Errno);
    }

    [Fact]
    public async Task One_name_leads_to_one_node()
    {
        await using var cache = new CacheFixture();
        Assert.Equal((Errno)0, cache.Volume.Put(cache.File("same")));
        Assert.Equal(Errno.EEXIST, cache.Volume.Put(cache.File("same")));
    }

    [Fact]
    public async Task Children_come_in_the_order_of_their_bytes_and_in_pieces()
    {
        await using var cache = new CacheFixture();
        cache.Volume.Put([.. Enumerable.Range(0, 1000).Select(i => cache.File($"f{i * 7 % 1000:d4}"))]);
        var names = new List<string>();
        ReadOnlyMemory<byte> after = default;
        while (cache.Volume.Children(cache.Volume.Root, after).Value is { Count: > 0 } some)
        {
            names.AddRange(some.Select(child => Encoding.UTF8.GetString(child.Name.Span)));
            after = some[^1].Name;
        }
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"f{i:d4}"), names);
        Assert.Equal(1000, cache.Store.Stats.Nodes);
    }

    [Fact]
    public async Task Removing_a_directory_removes_all_beneath_it_and_its_content()
    {
        await using var cache = new CacheFixture();
        NodeRecord top = cache.File("top"), middle = cache.File("middle", parent: top.Id), leaf = cache.File("leaf", 1, PageSize, middle.Id);
        NodeRecord other = cache.File("other");
        cache.Volume.Put([top, middle, leaf, other]);
        Content content = cache.Volume.Hold(leaf.Id, 1, PageSize);
        Fill(content, 0, PageSize);
        content.Release();
        await cache.Store.FlushAsync();
        Assert.Equal([top.Id, middle.Id, leaf.Id], cache.Volume.Remove(top.Id).Value);
        Assert.Equal(Errno.ENOENT, cache.Volume.Get(leaf.Id).Errno);
        Assert.True(cache.Volume.Get(other.Id).IsOk);
        Assert.Equal(0, cache.Store.Stats.Bytes);
        Assert.Equal(1, cache.Store.Stats.Nodes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_outdated_version_stays_while_it_is_held_and_no_longer(bool isCommitted)
    {
        await using var cache = new CacheFixture();
        NodeRecord file = cache.File("file", 1, PageSize);
        cache.Volume.Put(file);
        Content old = cache.Volume.Hold(file.Id, 1, PageSize);
        Fill(old, 0, PageSize);
        if (isCommitted)
            await cache.Store.FlushAsync();
        cache.Volume.Put(file with { Version = 2 });
        Assert.Equal(1ul, old.StateOf(0).Map);
        old.Release();
        await cache.Store.FlushAsync();
        Assert.Equal(0, cache.Store.Stats.Bytes);
        Assert.Equal(Errno.ENOENT, cache.Volume.HoldKnown(file.Id, 1).Errno);
    }

    [Fact]
    public async Task An_outdated_version_that_was_held_when_arlad_ended_goes_with_the_check()
    {
        await using var cache = new CacheFixture();
        NodeRecord file = cache.File("file", 1, PageSize);
        cache.Volume.Put(file);
        Content old = cache.Volume.Hold(file.Id, 1, PageSize);
        Fill(old, 0, PageSize);
        await cache.Store.FlushAsync();
        cache.Volume.Put(file with { Version = 2 });
        await cache.ReopenAsync();
        Content known = cache.Volume.HoldKnown(file.Id, 1).Value; // a driver came back with it open
        await cache.Store.CheckAsync();
        Assert.Equal(1ul, known.StateOf(0).Map);
        known.Release();
        Assert.Equal(0, cache.Store.Stats.Bytes);
    }

    [Fact]
    public async Task Too_many_nodes_are_forgotten_a_directory_at_a_time_where_no_driver_knows_them()
    {
        await using var cache = new CacheFixture(new CacheLimits(Nodes: 30));
        NodeRecord[] directories = [.. Enumerable.Range(0, 4).Select(i => cache.File($"d{i}") with
        {
            Version = 1, Listing = new NodeListing(default, DateTimeOffset.MaxValue, 0), Facts = new OriginFacts { Kind = OriginKind.Directory },
        })];
        cache.Volume.Put(directories);
        foreach (NodeRecord directory in directories)
            cache.Volume.Put([.. Enumerable.Range(0, 10).Select(i => cache.File($"f{i}", parent: directory.Id))]);
        Assert.Equal(0, await cache.Store.ForgetNodesAsync()); // nobody says that it may
        cache.Volume.MayForget = (directory, _) => directory != directories[0].Id;
        Assert.Equal(20, await cache.Store.ForgetNodesAsync());
        Assert.Equal(24, cache.Store.Stats.Nodes);
        Assert.Equal(10, cache.Volume.Children(directories[0].Id).Value.Count);
        Assert.Null(cache.Volume.Get(directories[1].Id).Value.Listing);
        Assert.NotEqual(1ul, cache.Volume.Get(directories[1].Id).Value.Version);
    }

    private static void AssertSame(NodeRecord expected, NodeRecord actual)
    {
        Assert.Equal(expected.Name.ToArray(), actual.Name.ToArray());
        Assert.Equal(expected.Facts.Target.ToArray(), actual.Facts.Target.ToArray());
        Assert.Equal(expected with { Name = default, Facts = expected.Facts with { Target = default } },
            actual with { Name = default, Facts = actual.Facts with { Target = default } });
    }
}
