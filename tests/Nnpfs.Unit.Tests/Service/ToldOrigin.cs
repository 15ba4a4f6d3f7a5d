using System.Threading.Channels;
using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>Tells of changes when the test says so, and lets it see to each listing on its way from the origin.</summary>
internal sealed class ToldOrigin(IOrigin inner) : IOrigin, IWatchingOrigin
{
    public Channel<OriginChange?> News { get; } = Channel.CreateUnbounded<OriginChange?>();

    /// <summary>A listing is made, and has not arrived yet.</summary>
    public Func<OriginListing, Task<OriginListing>> Listed { get; set; } = Task.FromResult;

    public OriginInfo Info => inner.Info;

    public ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel) => inner.GetFactsAsync(path, cancel);

    public async ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        Result<OriginListing> listing = await inner.ListAsync(directory, cancel);
        return listing.IsOk ? await Listed(listing.Value) : listing;
    }

    public ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) => inner.ReadAsync(read, sink, cancel);

    public IAsyncEnumerable<OriginChange?> WatchAsync(CancellationToken cancel) => News.Reader.ReadAllAsync(cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Each entry's facts become what the test makes of them.</summary>
    public void Tell(Func<string, OriginFacts, OriginFacts?> facts) => Listed = listing => Task.FromResult(listing with
    {
        Entries = [.. listing.Entries.Select(entry => entry with { Facts = facts(System.Text.Encoding.UTF8.GetString(entry.Name.Span), entry.Facts!) })],
    });
}
