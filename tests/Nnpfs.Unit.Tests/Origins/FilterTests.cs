using Nnpfs.Origins;
using Nnpfs.Origins.Filters;
using Nnpfs.Posix;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

public class FilterTests
{
    private readonly ScriptedOrigin _inner = new() { PieceSize = 1000 };

    public FilterTests() => _inner["file"] = Pattern.Bytes(10_000);

    [Fact]
    public async Task A_cut_read_goes_on_at_the_byte_where_it_was_cut()
    {
        int cuts = 0;
        _inner.BeforePiece = (_, offset, _) =>
        {
            _inner.FailWith = offset == 4000 && cuts++ == 0 ? Errno.EIO : 0;
            return Task.CompletedTask;
        };
        (Errno errno, byte[] bytes) = await Retrying(3).ReadAsync("file", 0, 10_000);
        Assert.Equal((Errno)0, errno);
        Assert.Equal(Pattern.Bytes(10_000), bytes);
        Assert.Equal((2, 10_000L), (_inner.Reads, _inner.Bytes));
    }

    [Theory]
    [InlineData(Errno.EIO, 3)]
    [InlineData(Errno.ETIMEDOUT, 3)]
    [InlineData(Errno.EBUSY, 3)]
    [InlineData(Errno.ENOENT, 1)]
    [InlineData(Errno.EACCES, 1)]
    [InlineData(Errno.ESTALE, 1)]
    public async Task Only_what_may_pass_is_tried_again(Errno errno, int tries)
    {
        _inner.FailWith = errno;
        Assert.Equal(errno, (await Retrying(3).FactsAsync("file")).Errno);
        Assert.Equal(tries, _inner.FactsAsked);
    }

    [Fact]
    public async Task A_sink_that_has_had_enough_is_no_failure_to_try_again()
    {
        var sink = new CollectingSink(0) { StopWith = (1, Errno.EIO) };
        Assert.Equal(Errno.EIO, await Retrying(3).ReadAsync(new OriginRead(OriginPath.Of("file"), default, 0, 10_000), sink, default));
        Assert.Equal(1, _inner.Reads);
    }

    [Fact]
    public async Task A_fault_hits_its_share_and_the_same_ones_for_the_same_seed()
    {
        async Task<string> RunAsync()
        {
            var faulty = new FaultFilter(_inner, Errno.EACCES, 0.3, seed: 7);
            var outcome = new System.Text.StringBuilder();
            for (int i = 0; i < 200; i++)
                outcome.Append((await faulty.FactsAsync("file")).Errno == Errno.EACCES ? 'x' : '.');
            return outcome.ToString();
        }
        string first = await RunAsync();
        Assert.InRange(first.Count(c => c == 'x'), 30, 90);
        Assert.Equal(first, await RunAsync());
    }

    [Fact]
    public async Task A_cut_body_is_shorter_and_claims_to_be_well()
    {
        (Errno errno, byte[] bytes) = await new ShortFilter(_inner, 1, seed: 1).ReadAsync("file", 0, 10_000);
        Assert.Equal((Errno)0, errno);
        Assert.InRange(bytes.Length, 0, 9_999);
    }

    [Fact]
    public async Task A_corrupt_read_has_the_length_but_not_the_bytes()
    {
        (Errno errno, byte[] bytes) = await new CorruptFilter(_inner, 1, seed: 1).ReadAsync("file", 0, 10_000);
        Assert.Equal(((Errno)0, 10_000), (errno, bytes.Length));
        Assert.Equal(10, bytes.Zip(Pattern.Bytes(10_000)).Count(pair => pair.First != pair.Second));
    }

    private RetryFilter Retrying(int tries) => new(_inner, tries, TimeSpan.Zero, seed: 1, TimeProvider.System);
}
