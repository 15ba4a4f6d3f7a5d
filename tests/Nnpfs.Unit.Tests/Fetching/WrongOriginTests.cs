using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Fetching;

/// <summary>An origin that breaks its contract: the answer is EIO, and no page is marked that it did not bring whole.</summary>
public sealed class WrongOriginTests
{
    private const int PageSize = 4096, Pages = 8;

    private static readonly byte[] Content = Pattern.Bytes(Pages * PageSize);

    public static TheoryData<string, int> Wrongs => new()
    {
        { "nothing, and says that all is well", 0 },
        { "one byte less than asked", Pages - 1 },
        { "half a page", 0 },
        { "from the wrong offset", 0 },
        { "with a gap", 1 },
        { "the same page twice", 1 },
        { "backwards", 0 },
        { "more than asked, at once", 0 },
        { "more than asked, in the end", Pages },
        { "an exception in the middle", 2 },
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task What_does_not_come_as_asked_for_is_EIO_and_marks_no_page(string how, int filled)
    {
        var content = new PageContent(OriginPath.Of("file"), new OriginValidator("v", IsStrong: true), Content.Length, PageSize);
        var store = new MemoryPages(content);
        await using var pool = new FetchPool(new WrongOrigin(how), new FetchOptions { MaxAhead = 0 }, NullLogger.Instance, TimeProvider.System);
        PageFetcher fetcher = pool.Open(content, store);
        FetchResult result = await fetcher.FetchAsync(new FetchRequest(0, Content.Length), default);

        // What came too much was behind the last byte: all pages were there before it.
        Assert.Equal(filled == Pages ? 0 : Errno.EIO, result.Errno);
        for (int page = 0; page < Pages; page++)
            Assert.Equal(page < filled, store.IsFilled(new PageRun(page, 1)));
        Assert.True(Content.AsSpan(0, filled * PageSize).SequenceEqual(store.Bytes.AsSpan(0, filled * PageSize)));
        Assert.Empty(store.Wrongs);
        await Nnpfs.TestKit.Patience.UntilAsync(() => store.ReservedPages == 0, "what was reserved is given back");
    }

    private sealed class WrongOrigin(string how) : IOrigin
    {
        public OriginInfo Info { get; } = new("wrong", IsRemote: true);

        public ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) => how switch
        {
            "nothing, and says that all is well" => SendAsync(sink),
            "one byte less than asked" => SendAsync(sink, (0, Content.Length - 1)),
            "half a page" => SendAsync(sink, (0, PageSize / 2)),
            "from the wrong offset" => SendAsync(sink, (PageSize, PageSize)),
            "with a gap" => SendAsync(sink, (0, PageSize), (2 * PageSize, PageSize)),
            "the same page twice" => SendAsync(sink, (0, PageSize), (0, PageSize)),
            "backwards" => SendAsync(sink, (7 * PageSize, PageSize), (6 * PageSize, PageSize)),
            "more than asked, at once" => SendAsync(sink, (0, Content.Length + 1)),
            "more than asked, in the end" => SendAsync(sink, (0, Content.Length), (Content.Length, 1)),
            _ => ThrowAsync(sink),
        };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        /// <summary>Sends pieces as no origin may, and does not care what the sink says.</summary>
        private static async ValueTask<Errno> SendAsync(IOriginSink sink, params (int Offset, int Length)[] pieces)
        {
            byte[] more = [.. Content, 0];
            foreach ((int offset, int length) in pieces)
                await sink.TakeAsync(offset, more.AsMemory(offset, length));
            return 0;
        }

        private static async ValueTask<Errno> ThrowAsync(IOriginSink sink)
        {
            await sink.TakeAsync(0, Content.AsMemory(0, 2 * PageSize));
            throw new InvalidOperationException("not foreseen");
        }
    }
}
