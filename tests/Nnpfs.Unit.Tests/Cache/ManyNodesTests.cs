using System.Diagnostics;
using System.Globalization;
using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class ManyNodesTests
{
    /// <summary>NNPFS_MANY_NODES=1000000 tries it with a million.</summary>
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("NNPFS_MANY_NODES") ?? "100000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_cache_of_many_nodes_opens_within_two_seconds()
    {
        await using var cache = new CacheFixture();
        var written = Stopwatch.StartNew();
        for (int directory = 0; directory < Count / 1000; directory++)
        {
            NodeRecord parent = cache.File($"d{directory}") with { Facts = new OriginFacts { Kind = OriginKind.Directory } };
            Assert.Equal((Errno)0, cache.Volume.Put(parent));
            Assert.Equal((Errno)0, cache.Volume.Put([.. Enumerable.Range(0, 999).Select(i => cache.File($"file-{i}", 1, 4096, parent.Id))]));
        }
        written.Stop();
        await cache.Store.DisposeAsync();
        var opened = Stopwatch.StartNew();
        cache.Open();
        NodeRecord some = cache.Volume.Find(cache.Volume.Root, "d7"u8.ToArray()).Value;
        Assert.Equal(999, cache.Volume.Children(some.Id, limit: 2000).Value.Count);
        opened.Stop();
        Assert.Equal(Count, cache.Store.Stats.Nodes);
        Console.WriteLine($"{Count} nodes: written in {written.ElapsedMilliseconds} ms, opened in {opened.ElapsedMilliseconds} ms");
        Assert.True(opened.Elapsed < TimeSpan.FromSeconds(2), $"{opened.Elapsed}");
    }
}
