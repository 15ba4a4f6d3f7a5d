using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;
using Nnpfs.Proto;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>A cache in a temporary directory, with blocks of 256 KiB. Commits happen when the test says so.</summary>
internal sealed class CacheFixture : IAsyncDisposable
{
    public const int BlockSize = 256 * 1024, PageSize = 4096;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nnpfs-cache-");
    private readonly TimeProvider _time;

    public CacheFixture(CacheLimits? limits = null, bool checksums = true, Func<IBlockDisk, IBlockDisk>? wrap = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        Checksums = checksums;
        Options = new CacheOptions
        {
            Directory = Path,
            Limits = (limits ?? new CacheLimits()) with { FreeBytes = 0 },
            CommitEvery = TimeSpan.FromHours(1),
            ScrubRate = 0,
            WrapDisk = wrap,
        };
        Open();
    }

    public string Path => _directory.FullName;

    public CacheOptions Options { get; set; }

    public bool Checksums { get; set; }

    public CacheStore Store { get; private set; } = null!;

    public CacheVolume Volume { get; private set; } = null!;

    /// <summary>What <see cref="CacheStore.BlocksReclaimed"/> told.</summary>
    public List<ReclaimedBlock> Told { get; } = [];

    public void Open()
    {
        Assert.True(CacheStore.TryOpen(Options, _time, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        Store = store;
        Store.BlocksReclaimed += (_, blocks) =>
        {
            lock (Told)
                Told.AddRange(blocks);
        };
        if (Store.OpenVolume("docs", new Geometry(BlockSize), Checksums).TryGet(out CacheVolume? volume, out Errno failed))
            Volume = volume;
        else
            Assert.True(Store.IsDamaged, failed.ToString());
    }

    public async Task ReopenAsync(Action? between = null)
    {
        await Store.DisposeAsync();
        between?.Invoke();
        Open();
    }

    public static byte[] Pattern(long offset, int length, int seed = 1)
    {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)(((offset + i) * 31) + ((offset + i) >> 9) + seed);
        return bytes;
    }

    /// <summary>Fills whole pages of a content.</summary>
    public static void Fill(Content content, long offset, int length, int seed = 1)
    {
        using PageFill fill = content.Begin(offset, length).Value;
        Assert.Equal((Errno)0, fill.Write(offset, Pattern(offset, length, seed)));
        Assert.Equal((Errno)0, fill.MarkFilled(offset, length));
    }

    /// <summary>A block file's path.</summary>
    public string FileOf(Content content, long block)
    {
        BlockState state = content.StateOf(block);
        var name = new BlockName(content.Key.Node, content.Key.Version, state.InRun ? BlockName.Run : block, state.Generation);
        return System.IO.Path.Combine(Path, "volumes", "docs", name.ToString());
    }

    public NodeRecord File(string name, ulong version = 0, long size = 0, NodeId? parent = null) => new()
    {
        Id = new NodeId(Volume.NextNumber().Value),
        Parent = parent ?? Volume.Root,
        Name = Encoding.UTF8.GetBytes(name),
        Facts = new OriginFacts { Kind = OriginKind.File, Size = size, Validator = new OriginValidator("v" + version, true) },
        Version = version,
    };

    public static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 3000 && !condition(); i++)
            await Task.Delay(10);
        Assert.True(condition(), "the condition did not come true within 30 s");
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
