using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Bench.Scale;

/// <summary>Fills a cache as arlad does, through its own classes: directories of a thousand nodes, of which every tenth has its block file.</summary>
/// <remarks>There is no origin behind them, so nothing may ask for them: they make the index large, and stand beside what is measured.</remarks>
internal sealed class Generator(string cache)
{
    /// <summary>The volume that they are in.</summary>
    public const string Volume = "grown";

    private const int PerDirectory = 1000, CachedEach = 10, FileSize = 4096, DirectoriesPerFlush = 20;

    /// <summary>Adds nodes until there are <paramref name="until"/>.</summary>
    public async Task GrowAsync(long until)
    {
        var options = new CacheOptions
        {
            Directory = cache,
            Limits = new CacheLimits(1L << 40, 1L << 40, FreeBytes: 1L << 30),
            CommitEvery = TimeSpan.FromHours(1),
            ScrubRate = 0,
            WrapDisk = disk => new UnsyncedDisk(disk),
        };
        if (!CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem))
            throw new InvalidOperationException(problem);
        await using CacheStore owned = store;
        CacheVolume volume = store.OpenVolume(Volume, new Geometry(4 << 20), checksums: false).Value;
        for (long directories = 1; store.Stats.Nodes < until; directories++)
        {
            AddDirectory(volume);
            if (directories % DirectoriesPerFlush == 0)
                await store.FlushAsync();
            if (directories % 1000 == 0)
                ScaleRun.Progress(string.Create(CultureInfo.InvariantCulture, $"  {store.Stats.Nodes:N0} nodes, {store.Stats.Blocks:N0} cached"));
        }
    }

    private static void AddDirectory(CacheVolume volume)
    {
        NodeRecord directory = Record(volume, volume.Root, null, OriginKind.Directory, 0);
        NodeRecord[] files = [.. Enumerable.Range(0, PerDirectory - 1).Select(i => Record(volume, directory.Id, $"some-file-{i:d4}.dat", OriginKind.File, FileSize))];
        Must(volume.Put([directory, .. files]));
        byte[] content = new byte[FileSize];
        foreach (NodeRecord file in files.Where((_, i) => i % CachedEach == 0))
        {
            Content held = volume.Hold(file.Id, file.Version, FileSize);
            using (PageFill fill = held.Begin(0, FileSize).Value)
            {
                Must(fill.Write(0, content));
                Must(fill.MarkFilled(0, FileSize));
            }
            held.Release();
        }
    }

    private static NodeRecord Record(CacheVolume volume, NodeId parent, string? name, OriginKind kind, long size)
    {
        ulong id = volume.NextNumber().Value, version = volume.NextNumber().Value;
        return new NodeRecord
        {
            Id = new NodeId(id),
            Parent = parent,
            Name = Encoding.UTF8.GetBytes(name ?? $"directory-{id:x}"),
            Version = version,
            Facts = new OriginFacts
            {
                Kind = kind,
                Size = size,
                Permissions = kind == OriginKind.Directory ? 0x1EDu : 0x1A4u,
                Links = 1,
                MtimeNs = (long)version << 20,
                CtimeNs = (long)version << 20,
                Validator = new OriginValidator($"{size:x}-{version << 20:x}-{version << 20:x}-{id:x}", true), // as long as a directory origin's
            },
        };
    }

    private static void Must(Errno errno)
    {
        if (errno != 0)
            throw new IOException($"the cache does not take a node: {errno}");
    }
}
