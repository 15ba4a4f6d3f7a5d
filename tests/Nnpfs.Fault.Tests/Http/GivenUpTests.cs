using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Origins.Filters;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>Readers of a real server who leave again and again, at every moment of a request.</summary>
public sealed class GivenUpTests
{
    private const int PageSize = 4096, Readers = 16;
    private static readonly byte[] Content = Pattern.Bytes(8 << 20);

    [Fact]
    public async Task However_many_reads_are_given_up_the_next_ones_are_answered()
    {
        using WebServer web = await Nginx.StartAsync();
        web.Write("file", Content);
        var retry = new FilterSettings { Retry = new RetryRule { Tries = int.MaxValue, Limit = Patience.Limit } };
        await using IOrigin origin = FilterTable.Wrap(TestOrigin.Make(web.Url), retry, TimeProvider.System);
        OriginFacts facts = (await origin.FactsAsync("file")).Value;
        var content = new PageContent(OriginPath.Of("file"), facts.Validator, facts.Size, PageSize);
        var options = new FetchOptions { MinAhead = 65536, MaxAhead = 1 << 20 };
        await using var pool = new FetchPool(origin, options, NullLogger.Instance, TimeProvider.System);

        for (int round = 0; round < 20; round++)
        {
            var pages = new MemoryPages(content);
            PageFetcher fetcher = pool.Open(content, pages);
            int seed = round * Readers;
            await Task.WhenAll(Enumerable.Range(seed, Readers).Select(each => Task.Run(() => ReadAndLeaveAsync(fetcher, new Random(each)))));

            FetchResult all = await fetcher.FetchAsync(new FetchRequest(0, Content.Length), default).AsTask().WaitAsync(Patience.Limit);
            Assert.Equal(default, all.Errno);
            Assert.True(Content.AsSpan().SequenceEqual(pages.Bytes));
        }
    }

    private static async Task ReadAndLeaveAsync(PageFetcher fetcher, Random random)
    {
        for (int i = 0; i < 60; i++)
        {
            ulong stream = (ulong)random.Next(1, 5);
            long offset = random.NextInt64(Content.Length / PageSize) * PageSize;
            using var cancel = new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(1, 3000)));
            Task<FetchResult> read = random.Next(3) == 0
                ? fetcher.AheadAsync(offset, stream, cancel.Token).AsTask()
                : fetcher.FetchAsync(new FetchRequest(offset, random.Next(1, 64) * PageSize, stream), cancel.Token).AsTask();
            await read.WaitAsync(Patience.Limit);
            if (random.Next(4) == 0)
                fetcher.Forget(stream);
        }
    }
}
