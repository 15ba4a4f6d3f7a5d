using Nnpfs.Fuse.Starting;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Unit.Tests.Uloop;

/// <summary>Cache, bitmap and companion: what is used again, what is refused, and in which order it comes to the disk.</summary>
public sealed class CacheFilesTests : IDisposable
{
    private const string Origin = "http://host/image";
    private const int Size = (300 * 4096) - 1000;

    private static readonly byte[] _data = Pattern.Bytes(Size);
    private readonly Scratch _scratch = new();

    private CachePaths Paths => CachePaths.Of(_scratch.Path("cache"), null, Origin);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Committed_pages_are_there_again_and_others_are_not()
    {
        using (CacheFiles files = Open())
        {
            var store = new PageStore(files, 4096, () => { });
            await store.FillAsync(70, _data.AsMemory(70 * 4096, 3 * 4096));
            await store.FillAsync(299, _data.AsMemory(299 * 4096)); // the last one is short
            Assert.Equal((Errno)0, files.Bitmap.Commit(files.Cache));
            await store.FillAsync(5, _data.AsMemory(5 * 4096, 4096)); // killed before the next commit
        }
        using CacheFiles again = Open();
        Assert.Equal([70, 71, 72, 299], Enumerable.Range(0, 300).Where(page => again.Bits.AreFilled(page, 1)));
        Assert.Equal(296, again.Bits.Missing);
        byte[] cached = File.ReadAllBytes(Paths.Cache);
        Assert.Equal(300 * 4096, cached.Length);
        Assert.Equal(_data[(299 * 4096)..], cached[(299 * 4096)..Size]);
        Assert.All(cached[Size..], zero => Assert.Equal(0, zero));
        Assert.Equal(0x40, File.ReadAllBytes(Paths.Bitmap)[8] & 0x40); // bit 70
    }

    [Theory]
    [InlineData("truncate -s 20 cache.bitmap", "is truncated")]
    [InlineData("truncate -s +8 cache.bitmap", "is truncated")]
    [InlineData("printf x | dd of=cache.bitmap bs=1 seek=55 conv=notrunc status=none", "belongs to another cache")]
    [InlineData("printf '\\377' | dd of=cache.bitmap bs=1 seek=39 conv=notrunc status=none", "behind the last page")]
    [InlineData("rm cache.bitmap", "cannot be opened: ENOENT")]
    [InlineData("truncate -s 4096 cache", "is truncated")]
    [InlineData("rm cache", "is truncated")]
    [InlineData("echo no > cache.origin", "is damaged")]
    [InlineData("sed -i 's/\"version\": 1/\"version\": 2/' cache.origin", "is of version 2")]
    public async Task Files_that_do_not_belong_together_are_refused_until_they_are_discarded(string damage, string complaint)
    {
        using (CacheFiles files = Open())
            await Fill(files);
        (int status, string output) = ChildProgram.Run("sh", "-c", $"cd {_scratch.Root}; {damage}");
        Assert.True(status == 0, output);

        Failure? failure = CacheFiles.Open(Paths, Origin, ContentOf("\"a\""), out _);
        Assert.Contains(complaint, failure?.Message, StringComparison.Ordinal);
        Assert.Contains("uloop discard -c", failure?.Message, StringComparison.Ordinal);
        Assert.Null(CacheFiles.Discard(Paths));
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Root));
        using CacheFiles young = Open();
        Assert.Equal(300, young.Bits.Missing);
    }

    [Theory]
    [InlineData("http://host/other", "\"a\"", Size, "belongs to http://host/image")]
    [InlineData(Origin, "\"b\"", Size, "its validator was \"a\"")]
    [InlineData(Origin, "\"a\"", Size - 1, "bytes; now it has")]
    public async Task A_cache_of_another_origin_or_state_is_refused_and_kept(string origin, string validator, int size, string complaint)
    {
        using (CacheFiles files = Open())
            await Fill(files);
        PageContent other = ContentOf(validator) with { Size = size };
        Assert.Contains(complaint, CacheFiles.Open(Paths, origin, other, out _)?.Message, StringComparison.Ordinal);
        using CacheFiles again = Open();
        Assert.Equal(290, again.Bits.Missing);
    }

    [Fact]
    public void A_start_that_was_cut_short_leaves_nothing_that_is_refused()
    {
        Open().Dispose();
        File.Delete(Paths.Companion); // the last that is written
        Open().Dispose();
    }

    [Fact]
    public void A_cache_that_is_open_is_refused_to_everybody_else()
    {
        using CacheFiles files = Open();
        Assert.Contains("is used by another process", CacheFiles.Open(Paths, Origin, ContentOf("\"a\""), out _)?.Message, StringComparison.Ordinal);
        Assert.Contains("is used by another process", CacheFiles.Discard(Paths)?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_cache_is_neither_used_nor_removed()
    {
        File.WriteAllText(Paths.Cache, "precious");
        Assert.Contains("is no cache of uloop", CacheFiles.Open(Paths, Origin, ContentOf("\"a\""), out _)?.Message, StringComparison.Ordinal);
        Assert.Contains("is no cache of uloop", CacheFiles.Discard(Paths)?.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Paths.Cache));
    }

    private static async Task Fill(CacheFiles files)
    {
        await new PageStore(files, 4096, () => { }).FillAsync(0, _data.AsMemory(0, 10 * 4096));
        Assert.Equal((Errno)0, files.Bitmap.Commit(files.Cache));
    }

    private CacheFiles Open()
    {
        Failure? failure = CacheFiles.Open(Paths, Origin, ContentOf("\"a\""), out CacheFiles? files);
        Assert.True(failure is null, failure?.Message);
        return files!;
    }

    private static PageContent ContentOf(string validator) => new(OriginPath.Of("image"), new OriginValidator(validator, IsStrong: true), Size, 4096);
}
