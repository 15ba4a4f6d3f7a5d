using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;
using Nnpfs.TestKit;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class OpeningTests
{
    [Fact]
    public async Task A_second_arlad_on_the_same_cache_is_refused_and_told_who_has_it()
    {
        await using var cache = new CacheFixture();
        string problem = Refused(cache.Options);
        Assert.Contains($"in use by another arlad (process {Environment.ProcessId})", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_of_a_newer_format_is_refused_and_left_alone()
    {
        await using var cache = new CacheFixture();
        await cache.ReopenAsync(() =>
        {
            File.WriteAllText(Path.Combine(cache.Path, "format"), "nnpfs cache 2\n");
            Assert.Contains("has format 2, and this arlad knows up to 1", Refused(cache.Options), StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(cache.Path, "format"), "nnpfs cache 1\n");
        });
    }

    [Fact]
    public async Task A_directory_of_something_else_is_refused()
    {
        await using var cache = new CacheFixture();
        await cache.ReopenAsync(() =>
        {
            File.WriteAllText(Path.Combine(cache.Path, "format"), "hello\n");
            Assert.Contains("does not say that this is a cache of Nnpfs", Refused(cache.Options), StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(cache.Path, "format"), "nnpfs cache 1\n");
        });
    }

    [Fact]
    public void A_directory_that_is_not_there_is_named() =>
        Assert.Contains("/nonexistent/cache", Refused(new CacheOptions { Directory = "/nonexistent/cache" }), StringComparison.Ordinal);

    [Theory]
    [InlineData("header")]
    [InlineData("empty")]
    [InlineData("noise")]
    public async Task A_damaged_index_is_set_aside_and_the_cache_begins_anew_with_young_numbers(string damage)
    {
        await using var cache = new CacheFixture();
        NodeRecord record = cache.File("file", 1, PageSize);
        cache.Volume.Put(record);
        Content content = cache.Volume.Hold(record.Id, 1, PageSize);
        Fill(content, 0, PageSize);
        string file = cache.FileOf(content, 0);
        content.Release();
        await cache.ReopenAsync(() => Damage(Path.Combine(cache.Path, "index.db"), damage));

        Assert.Equal(Errno.ENOENT, cache.Volume.Get(record.Id).Errno);
        Assert.True(cache.Volume.NextNumber().Value > record.Id.Value);
        Assert.True(File.Exists(file));
        await cache.Store.CheckAsync(); // finds the orphan
        Assert.False(File.Exists(file));
        Assert.Equal(1, cache.Store.Stats.SweptFiles);
        if (damage != "empty")
            Assert.NotEmpty(Directory.GetFiles(cache.Path, "index.db.damaged-*"));
    }

    [Fact]
    public async Task Flipped_bits_in_the_index_never_give_a_wrong_record_or_page()
    {
        await using var cache = new CacheFixture();
        NodeRecord[] records = [.. Enumerable.Range(0, 300).Select(i => cache.File($"file{i}", 1, PageSize))];
        cache.Volume.Put(records);
        Content content = cache.Volume.Hold(records[0].Id, 1, 4 * PageSize);
        Fill(content, PageSize, PageSize);
        content.Release();
        string index = Path.Combine(cache.Path, "index.db");
        await cache.ReopenAsync();
        await cache.ReopenAsync(() => File.Copy(index, index + ".good"));
        var random = new Random(Fuzz.SeedOf(20_000));
        for (int round = Fuzz.Times(15); round > 0; round--)
        {
            await cache.ReopenAsync(() =>
            {
                byte[] bytes = File.ReadAllBytes(index + ".good");
                for (int flip = 0; flip < 8; flip++)
                    bytes[random.Next(100, bytes.Length)] ^= (byte)(1 << random.Next(8));
                foreach (string suffix in (string[])["-wal", "-shm"])
                    File.Delete(index + suffix);
                File.WriteAllBytes(index, bytes);
            });
            if (cache.Store.IsDamaged)
                await cache.ReopenAsync(); // the mark makes the next start begin anew
            foreach (NodeRecord record in records)
            {
                if (cache.Volume.Get(record.Id) is { IsOk: true } found)
                    Assert.Equal((record.Facts.Size, record.Version, record.Id), (found.Value.Facts.Size, found.Value.Version, found.Value.Id));
            }
            content = cache.Volume.Hold(records[0].Id, 1, 4 * PageSize);
            Assert.Contains(content.StateOf(0).Map, (ulong[])[0ul, 2ul]);
            content.Release();
        }
    }

    [Fact]
    public async Task Another_block_size_drops_the_blocks_and_keeps_the_nodes()
    {
        await using var cache = new CacheFixture();
        NodeRecord record = cache.File("file", 1, PageSize);
        cache.Volume.Put(record);
        Content content = cache.Volume.Hold(record.Id, 1, PageSize);
        Fill(content, 0, PageSize);
        content.Release();
        await cache.Store.DisposeAsync();
        Assert.True(CacheStore.TryOpen(cache.Options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out _));
        await using (store)
        {
            CacheVolume volume = store.OpenVolume("docs", new Geometry(2 * BlockSize), true).Value;
            Assert.True(volume.Get(record.Id).IsOk);
            Assert.Equal(0, store.Stats.Bytes);
            content = volume.Hold(record.Id, 1, PageSize);
            Assert.Equal(default, content.StateOf(0));
            content.Release();
        }
        cache.Open();
    }

    [Fact]
    public async Task Epochs_and_the_roots_id_are_kept()
    {
        await using var cache = new CacheFixture();
        (ulong epoch, NodeId root) = (cache.Volume.RaiseEpoch().Value, cache.Volume.Root);
        await cache.ReopenAsync();
        Assert.Equal((epoch, root), (cache.Volume.Epoch, cache.Volume.Root));
        Assert.Equal("%2e.a%2fb", CacheDirectory.NameOf("..a/b"), ignoreCase: true);
    }

    private static string Refused(CacheOptions options)
    {
        Assert.False(CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out _, out string problem));
        return problem;
    }

    private static void Damage(string index, string how)
    {
        byte[] bytes = File.ReadAllBytes(index);
        if (how == "header")
            bytes.AsSpan(0, 16).Fill(0x55);
        else if (how == "empty")
            bytes = [];
        else
            new Random(1).NextBytes(bytes.AsSpan(100));
        File.WriteAllBytes(index, bytes);
    }
}
