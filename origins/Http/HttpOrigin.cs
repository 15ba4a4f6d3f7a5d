using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Asking;
using Nnpfs.Origins.Http.Manifests;
using Nnpfs.Origins.Http.Reading;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http;

/// <summary>Serves the tree beneath a URL: listings, HEAD and ranges over HTTP/1.1 and HTTP/2.</summary>
/// <remarks>The parts do the work; this composes them. Errors: docs/errors-http.md.</remarks>
internal sealed class HttpOrigin : IOrigin
{
    private readonly HttpTransport _transport;
    private readonly HttpFactsReader _facts;
    private readonly HttpLister _lister;
    private readonly HttpReader _reader;
    private readonly ManifestSource? _manifest;
    private readonly ManifestLister? _manifestLister;
    private readonly ManifestReader? _manifestReader;
    private readonly RedirectFollower _follower;

    public HttpOrigin(HttpOptions options, ILogger log, TimeProvider time)
    {
        Info = new OriginInfo(options.Root.Name, IsRemote: true) { AtOnce = options.Connections };
        _transport = new HttpTransport(options, log, time);
        RedirectFollower follower = _follower = new RedirectFollower(_transport, options, log, time);
        var ranges = new RangeSupport(log, options.Root.Name);
        var once = new OnceVersions();
        var whole = new WholeReader(follower, _transport);
        _facts = new HttpFactsReader(follower, options, ranges, whole, once);
        _lister = new HttpLister(follower, _transport, options, _facts, new ListedFacts(_facts), log);
        _reader = new HttpReader(follower, _transport, options, ranges, whole, _facts, once, log);
        if (options.Manifest.Length == 0)
            return;
        _manifest = new ManifestSource(follower, _transport, options.Manifest, log, time);
        _manifestLister = new ManifestLister(_manifest, _facts);
        _manifestReader = new ManifestReader(_manifest, _manifestLister, _reader, whole, options, log);
    }

    public OriginInfo Info { get; }

    public TimeSpan RetryAfter => _transport.Pause.Left;

    public ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel) => FactsAsync(path, null, cancel);

    public ValueTask<Result<OriginFacts>> RefreshAsync(OriginPath path, OriginFacts known, CancellationToken cancel) =>
        FactsAsync(path, known, cancel);

    public ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel) =>
        _manifestLister?.ListAsync(directory, cancel) ?? _lister.ListAsync(directory, cancel);

    public ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        read.Length <= 0 ? new((Errno)0) : _manifestReader?.ReadAsync(read, sink, cancel) ?? _reader.ReadAsync(read, sink, cancel);

    public void Doubt()
    {
        _manifest?.Doubt();
        _follower.Forget();
    }

    public ValueTask DisposeAsync()
    {
        _transport.Dispose();
        _manifest?.Dispose();
        return ValueTask.CompletedTask;
    }

    private ValueTask<Result<OriginFacts>> FactsAsync(OriginPath path, OriginFacts? known, CancellationToken cancel) =>
        _manifestLister is not null ? _manifestLister.GetFactsAsync(path, cancel)
        : path.IsRoot ? _facts.GetRootAsync(cancel)
        : _facts.GetAsync(path, known, cancel);
}
