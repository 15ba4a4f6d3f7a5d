using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Proto;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>arlad, the process, over a cache that knows very many nodes.</summary>
public sealed class ManyNodesStartTests
{
    private const int PerDirectory = 1000;
    private static readonly string? Asked = Environment.GetEnvironmentVariable("NNPFS_MANY_NODES");

    /// <summary>NNPFS_MANY_NODES=1000000 tries it with a million, on a machine that has nothing else to do.</summary>
    private static readonly int Count = int.Parse(Asked ?? "100000", CultureInfo.InvariantCulture);

    [MountFact]
    public async Task Over_a_cache_of_many_nodes_arlad_is_ready_within_two_seconds()
    {
        await using TestArlad arlad = await TestArlad.StartAsync("[volume test]\norigin = /usr/share");
        await arlad.StopAsync();
        await FillAsync(arlad.Cache);

        var ready = Stopwatch.StartNew();
        await arlad.StartAsync();
        using JsonDocument status = JsonDocument.Parse(await arlad.CommandAsync("status", "--json"));
        ready.Stop();
        double worked = ProcessorTime(arlad.Program.Id);

        Assert.True(status.RootElement.GetProperty("nodes").GetInt64() >= Count);
        Assert.True(worked < 2, $"it worked for {worked} s"); // others may have the processors: they do not count
        if (Asked is not null)
            Assert.True(ready.Elapsed < TimeSpan.FromSeconds(2), $"{ready.Elapsed}");
    }

    private static async Task FillAsync(string directory)
    {
        var options = new CacheOptions { Directory = directory, CommitEvery = TimeSpan.FromHours(1) };
        Assert.True(CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        await using CacheStore owned = store;
        CacheVolume volume = store.OpenVolume("test", new Geometry(4 << 20), checksums: false).Value;
        for (int made = 0; made < Count; made += PerDirectory)
        {
            NodeRecord parent = Record(volume, volume.Root, $"d{made}", OriginKind.Directory);
            NodeRecord[] files = [.. Enumerable.Range(1, PerDirectory - 1).Select(i => Record(volume, parent.Id, $"file-{i}", OriginKind.File))];
            Assert.Equal((Errno)0, volume.Put([parent, .. files]));
        }
    }

    private static NodeRecord Record(CacheVolume volume, NodeId parent, string name, OriginKind kind) => new()
    {
        Id = new NodeId(volume.NextNumber().Value),
        Parent = parent,
        Name = Encoding.UTF8.GetBytes(name),
        Facts = new OriginFacts { Kind = kind },
        Version = 1,
    };

    /// <returns>seconds that all of its threads had a processor</returns>
    private static double ProcessorTime(int process)
    {
        using Process running = Process.GetProcessById(process);
        return running.TotalProcessorTime.TotalSeconds;
    }
}
