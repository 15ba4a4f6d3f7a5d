using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>
/// Cuts the power at every step: what is left is the index as it stands, and of the block files nothing but what was synced.
/// A cache that opens there must serve no page whose bytes are not those that were fetched. No checksums: they would hide it.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private const int Blocks = 6;

    private readonly DirectoryInfo _cuts = Directory.CreateTempSubdirectory("nnpfs-cuts-");
    private readonly Dictionary<string, byte[]> _written = [], _synced = [];
    private string _source = "";
    private int _steps;

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 100)]
    [InlineData(3, 12)] // blocks: too few for a run of six
    public async Task After_a_power_cut_at_any_step_no_page_is_there_without_its_bytes(int seed, int limit)
    {
        var random = new Random(seed);
        await using (var cache = new CacheFixture(new CacheLimits((long)limit * BlockSize), checksums: false, wrap: disk => new RecordingDisk(disk, this)))
        {
            _source = cache.Path;
            for (int round = 0; round < 25; round++)
                await StepAsync(cache, random);
        }
        Assert.True(_steps > 50);
        int pages = 0;
        foreach (DirectoryInfo cut in _cuts.EnumerateDirectories())
            pages += await CheckAsync(cut.FullName);
        Assert.True(pages > 100, $"only {pages} pages survived: the cuts prove nothing");
    }

    public void Dispose() => _cuts.Delete(recursive: true);

    private static async Task StepAsync(CacheFixture cache, Random random)
    {
        Content content = cache.Volume.Hold(new NodeId((ulong)random.Next(1, 3)), (ulong)random.Next(1, 3), Blocks * BlockSize);
        int page = random.Next(Blocks * 64), count = Math.Min(random.Next(1, 80), (Blocks * 64) - page);
        Fill(content, (long)page * PageSize, count * PageSize, Seed(content.Key));
        content.Release();
        if (random.Next(3) == 0)
            await cache.Store.FlushAsync();
        if (random.Next(6) == 0)
            await cache.Store.ReclaimAsync(random.Next(1, 3 * BlockSize));
    }

    private static int Seed(ContentKey key) => (int)((key.Node.Value * 10) + key.Version);

    private static async Task<int> CheckAsync(string directory)
    {
        int pages = 0;
        var options = new CacheOptions { Directory = directory, CommitEvery = TimeSpan.FromHours(1), ScrubRate = 0 };
        Assert.True(CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        await using (store)
        {
            CacheVolume volume = store.OpenVolume("docs", new Geometry(BlockSize), checksums: false).Value;
            var bytes = new byte[PageSize];
            foreach (ulong node in (ulong[])[1, 2])
            {
                foreach (ulong version in (ulong[])[1, 2])
                {
                    Content content = volume.Hold(new NodeId(node), version, Blocks * BlockSize);
                    for (long offset = 0; offset < Blocks * BlockSize; offset += PageSize)
                    {
                        if (!content.IsFilled(offset, PageSize))
                            continue;
                        Assert.Equal(PageSize, content.Read(offset, bytes).Value);
                        Assert.Equal(Pattern(offset, PageSize, Seed(content.Key)), bytes);
                        pages++;
                    }
                    content.Release();
                }
            }
        }
        return pages;
    }

    private void Cut()
    {
        DirectoryInfo cut = _cuts.CreateSubdirectory($"{_steps++:d4}");
        foreach (string name in (string[])["format", Numbers.FileName, "index.db", "index.db-wal"])
        {
            if (File.Exists(Path.Combine(_source, name)))
                File.Copy(Path.Combine(_source, name), Path.Combine(cut.FullName, name));
        }
        foreach ((string name, byte[] bytes) in _synced)
        {
            string path = Path.Combine(cut.FullName, "volumes", "docs", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    private sealed class RecordingDisk(IBlockDisk inner, PowerCutTests owner) : WrappedDisk(inner)
    {
        public override Result<SafeFd> Create(BlockName name)
        {
            Result<SafeFd> file = base.Create(name);
            owner._written[name.ToString()] = [];
            owner.Cut();
            return file;
        }

        public override Errno Write(BlockName name, SafeFd file, ReadOnlySpan<byte> bytes, long offset)
        {
            byte[] content = owner._written[name.ToString()];
            if (content.Length < offset + bytes.Length)
                Array.Resize(ref content, (int)offset + bytes.Length);
            bytes.CopyTo(content.AsSpan((int)offset));
            owner._written[name.ToString()] = content;
            Errno written = base.Write(name, file, bytes, offset);
            owner.Cut();
            return written;
        }

        public override Errno Sync(IReadOnlyList<(BlockName Name, SafeFd File)> files)
        {
            owner.Cut();
            Errno synced = base.Sync(files);
            foreach ((BlockName name, _) in files)
                owner._synced[name.ToString()] = [.. owner._written[name.ToString()]];
            owner.Cut();
            return synced;
        }

        public override Errno Remove(BlockName name)
        {
            Errno removed = base.Remove(name);
            owner._synced.Remove(name.ToString());
            owner.Cut();
            return removed;
        }
    }
}
