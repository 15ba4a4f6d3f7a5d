using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.TestKit.Origins;

/// <summary>What every origin and every stack of filters must do. Derive from it, make the tree, and the tests are yours.</summary>
public abstract class OriginContract : IAsyncLifetime
{
    protected IOrigin Origin { get; private set; } = null!;

    /// <summary>It can carry names that are no text.</summary>
    protected virtual bool HasRawNames => true;

    /// <summary>Makes an origin that shows <see cref="ContractTree"/>.</summary>
    protected abstract Task<IOrigin> MakeAsync();

    /// <summary>Gives a file of the tree another content, at the place where the origin finds it.</summary>
    protected abstract Task ChangeAsync(OriginPath path, byte[] content);

    public async Task InitializeAsync() => Origin = await MakeAsync();

    public virtual async Task DisposeAsync() => await Origin.DisposeAsync();

    protected IEnumerable<(OriginPath Path, byte[] Content)> Files() => HasRawNames
        ? ContractTree.Files().Concat(ContractTree.RawNames.Select(path => (path, path.Name.ToArray())))
        : ContractTree.Files();

    [Fact]
    public async Task A_file_has_its_size_its_kind_and_a_validator()
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        Assert.Equal((OriginKind.File, ContractTree.LargeSize), (facts.Kind, facts.Size));
        Assert.False(facts.Validator.IsEmpty);
        Assert.True(facts.MtimeNs > 0);
    }

    [Fact]
    public async Task A_directory_is_one_and_so_is_the_root()
    {
        Assert.Equal(OriginKind.Directory, (await FactsAsync(ContractTree.Folder)).Kind);
        Assert.Equal(OriginKind.Directory, (await FactsAsync(OriginPath.Root)).Kind);
        Assert.Equal(0, (await FactsAsync(OriginPath.Root)).Size);
    }

    [Fact]
    public async Task What_is_not_there_is_ENOENT()
    {
        Assert.Equal(Errno.ENOENT, (await Origin.GetFactsAsync(OriginPath.Of("dir/no such thing"), default)).Errno);
        Assert.Equal(Errno.ENOENT, (await Origin.ListAsync(OriginPath.Of("nowhere"), default)).Errno);
        (Errno errno, byte[] bytes) = await ReadAsync(OriginPath.Of("nowhere"), default, 0, 10);
        Assert.Equal((Errno.ENOENT, 0), (errno, bytes.Length));
    }

    [Fact]
    public async Task A_listing_has_every_entry_once_with_its_kind()
    {
        OriginListing root = await ListAsync(OriginPath.Root);
        Assert.Equal(["dir", "many", "odd", "small.txt"], Names(root));
        Assert.All(root.Entries, entry =>
            Assert.Equal(entry.Name.Span.SequenceEqual("small.txt"u8) ? OriginKind.File : OriginKind.Directory, entry.Kind));
    }

    [Fact]
    public async Task A_large_listing_is_whole()
    {
        OriginListing many = await ListAsync(ContractTree.Many);
        Assert.Equal(Enumerable.Range(0, ContractTree.ManyFiles).Select(i => $"file-{i:d5}"), Names(many));
    }

    [Fact]
    public async Task The_facts_of_a_listing_are_those_of_a_single_question()
    {
        OriginListing listing = await ListAsync(ContractTree.Folder);
        foreach (OriginEntry entry in listing.Entries.Where(entry => entry.Facts is not null))
        {
            OriginFacts alone = await FactsAsync(ContractTree.Folder.Join(entry.Name.Span));
            Assert.Equal((alone.Kind, alone.Size, alone.MtimeNs), (entry.Facts!.Kind, entry.Facts.Size, entry.Facts.MtimeNs));
            if (!entry.Facts.Validator.IsEmpty)
                Assert.Equal(alone.Validator.Value, entry.Facts.Validator.Value);
        }
    }

    [Fact]
    public async Task Odd_names_are_listed_found_and_read()
    {
        OriginPath[] odd = [.. ContractTree.OddNames, .. HasRawNames ? ContractTree.RawNames : []];
        OriginListing listing = await ListAsync(OriginPath.Of("odd"));
        Assert.Equal(odd.Select(path => Convert.ToHexString(path.Name)).Order(), listing.Entries.Select(e => Convert.ToHexString(e.Name.Span)).Order());
        foreach (OriginPath path in odd)
        {
            OriginFacts facts = await FactsAsync(path);
            (Errno errno, byte[] bytes) = await ReadAsync(path, facts.Validator, 0, facts.Size);
            Assert.Equal(((Errno)0, Of(path.Name)), (errno, Of(bytes)));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 65_536)]
    [InlineData(65_535, 2)]
    [InlineData(1_234_567, 300_001)]
    [InlineData(2_999_999, 1)]
    [InlineData(0, 3_000_000)]
    public async Task A_range_is_read_to_the_byte(int offset, int length)
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        (Errno errno, byte[] bytes) = await ReadAsync(ContractTree.Large, facts.Validator, offset, length);
        Assert.Equal((Errno)0, errno);
        Assert.True(Pattern.Bytes(ContractTree.LargeSize).AsSpan(offset, length).SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(2_999_990, 100, 10)]
    [InlineData(3_000_000, 10, 0)]
    [InlineData(9_000_000, 10, 0)]
    public async Task A_range_beyond_the_end_is_cut_off_there(int offset, int length, int expected)
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        (Errno errno, byte[] bytes) = await ReadAsync(ContractTree.Large, facts.Validator, offset, length);
        Assert.Equal(((Errno)0, expected), (errno, bytes.Length));
    }

    [Fact]
    public async Task An_empty_file_is_empty()
    {
        OriginFacts facts = await FactsAsync(ContractTree.Empty);
        Assert.Equal(0, facts.Size);
        (Errno errno, byte[] bytes) = await ReadAsync(ContractTree.Empty, facts.Validator, 0, 4096);
        Assert.Equal(((Errno)0, 0), (errno, bytes.Length));
    }

    [Fact]
    public async Task A_changed_file_has_another_validator_and_its_old_version_is_ESTALE()
    {
        OriginFacts before = await FactsAsync(ContractTree.Small);
        await ChangeAsync(ContractTree.Small, "another text, and a longer one\n"u8.ToArray());
        OriginFacts after = await FactsAsync(ContractTree.Small);
        Assert.NotEqual(before.Validator.Value, after.Validator.Value);
        (Errno errno, byte[] bytes) = await ReadAsync(ContractTree.Small, before.Validator, 0, before.Size);
        Assert.Equal((Errno.ESTALE, 0), (errno, bytes.Length));
        (errno, bytes) = await ReadAsync(ContractTree.Small, after.Validator, 0, after.Size);
        Assert.Equal(((Errno)0, "another text, and a longer one\n"), (errno, Of(bytes)));
    }

    [Fact]
    public async Task A_refresh_of_what_did_not_change_has_the_same_validator()
    {
        OriginFacts known = await FactsAsync(ContractTree.Large);
        Result<OriginFacts> again = await Origin.RefreshAsync(ContractTree.Large, known, default);
        Assert.Equal((known.Validator.Value, known.Size), (again.Value.Validator.Value, again.Value.Size));
    }

    [Fact]
    public async Task The_errno_of_a_sink_ends_the_read()
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        var sink = new CollectingSink(0) { StopWith = (1, Errno.ENOSPC) };
        var read = new OriginRead(ContractTree.Large, facts.Validator, 0, facts.Size);
        Assert.Equal(Errno.ENOSPC, await Origin.ReadAsync(read, sink, default));
        Assert.True(sink.Bytes.Length < facts.Size);
    }

    [Fact]
    public async Task A_cancelled_read_hands_over_nothing()
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        var sink = new CollectingSink(0);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var read = new OriginRead(ContractTree.Large, facts.Validator, 0, facts.Size);
        Errno errno;
        try
        {
            errno = await Origin.ReadAsync(read, sink, cancelled.Token);
        }
        catch (OperationCanceledException)
        {
            errno = Errno.ECANCELED; // either is right
        }
        Assert.Equal((Errno.ECANCELED, 0), (errno, sink.Bytes.Length));
    }

    [Fact]
    public async Task Many_reads_at_once_do_not_meet()
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        byte[] content = Pattern.Bytes(ContractTree.LargeSize);
        await Parallel.ForAsync(0, 24, async (i, _) =>
        {
            (Errno errno, byte[] bytes) = await ReadAsync(ContractTree.Large, facts.Validator, i * 100_000, 150_000);
            Assert.Equal((Errno)0, errno);
            Assert.True(content.AsSpan(i * 100_000, 150_000).SequenceEqual(bytes));
        });
    }

    protected async Task<OriginFacts> FactsAsync(OriginPath path) => (await Origin.GetFactsAsync(path, default)).Value;

    protected async Task<OriginListing> ListAsync(OriginPath path) => (await Origin.ListAsync(path, default)).Value;

    protected async Task<(Errno Errno, byte[] Bytes)> ReadAsync(OriginPath path, OriginValidator version, long offset, long length)
    {
        var sink = new CollectingSink(offset);
        Errno errno = await Origin.ReadAsync(new OriginRead(path, version, offset, length), sink, default);
        return (errno, sink.Bytes);
    }

    private static IEnumerable<string> Names(OriginListing listing) =>
        listing.Entries.Select(entry => Of(entry.Name.Span)).Order(StringComparer.Ordinal);

    private static string Of(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
