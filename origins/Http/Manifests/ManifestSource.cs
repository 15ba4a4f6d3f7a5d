using System.Net;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Asking;
using Nnpfs.Origins.Http.Reading;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Manifests;

/// <summary>Keeps a manifest's tree, and asks for the manifest again when it may have changed. What is not understood replaces nothing.</summary>
internal sealed class ManifestSource(
    RedirectFollower follower, HttpTransport transport, string manifest, ILogger log, TimeProvider time) : IDisposable
{
    private const int MaxBody = 1 << 30;
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(5); // a burst of questions is one request

    private readonly SemaphoreSlim _one = new(1, 1);

    private int _doubts; // atomic

    // Guarded by _one.
    private int _settled; // doubts that the tree answers
    private ManifestTree? _tree;
    private HttpState _state;
    private long _asked;
    private TimeSpan _fresh;

    /// <summary>What was read before is no answer any more, however young it is; nor is it one when the manifest cannot be had.</summary>
    public void Doubt() => Interlocked.Increment(ref _doubts);

    /// <returns>the tree as it was within the last seconds; the errno of a manifest that cannot be had and never was</returns>
    public async ValueTask<Result<ManifestTree>> GetAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            int doubts = Volatile.Read(ref _doubts); // before it is asked for: a doubt that comes meanwhile is not answered
            bool isDoubted = doubts != _settled;
            if (_tree is not null && !isDoubted && time.GetElapsedTime(_asked) < _fresh)
                return _tree;
            Errno errno = await LoadAsync(isDoubted, cancel);
            if (_tree is null)
                return errno == 0 ? Errno.EIO : errno;
            if (errno != 0 && isDoubted)
                return errno;
            _settled = doubts;
            (_asked, _fresh) = (time.GetTimestamp(), _fresh > Recheck ? _fresh : Recheck);
            return errno is Errno.ECANCELED ? errno : _tree;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async ValueTask<Errno> LoadAsync(bool isDoubted, CancellationToken cancel)
    {
        _fresh = Recheck;
        return manifest.StartsWith('/') ? LoadFile() : await LoadUrlAsync(new Uri(manifest), isDoubted, cancel);
    }

    private Errno LoadFile()
    {
        try
        {
            var file = new FileInfo(manifest);
            var state = new HttpState(null, file.LastWriteTimeUtc.Ticks, file.Length);
            if (_tree is not null && state == _state)
                return 0;
            if (file.Length > MaxBody)
                return Refuse($"larger than {MaxBody} bytes");
            return Take(File.ReadAllBytes(manifest), state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse(e.Message);
        }
    }

    private async ValueTask<Errno> LoadUrlAsync(Uri url, bool isDoubted, CancellationToken cancel)
    {
        var ask = new HttpAsk(HttpMethod.Get, url)
        {
            IfNoneMatch = _tree is null ? null : _state.Tag,
            // A date has seconds: it proves nothing to somebody who doubts.
            IfModifiedSince = _tree is not null && !isDoubted && _state is { Tag: null, Modified: { } seconds }
                ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        };
        Result<HttpAnswer> sent = await follower.SendAsync(ask, cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            _fresh = Freshness.Of(answer.Response) ?? Recheck;
            if (answer.Status == HttpStatusCode.NotModified && _tree is not null)
                return 0;
            Result<ReadOnlyMemory<byte>> read = await WholeReader.ReadAsync(answer, MaxBody, transport, cancel);
            if (read.TryGet(out ReadOnlyMemory<byte> body, out errno))
                return Take(body.Span, answer.State);
            return errno == Errno.ECANCELED ? errno : Refuse($"it cannot be read ({(int)answer.Status}, {errno})", errno);
        }
    }

    private Errno Take(ReadOnlySpan<byte> text, HttpState state)
    {
        if (ManifestTree.TryParse(text, out ManifestTree? tree) is { } wrong)
            return Refuse(wrong);
        (_tree, _state) = (tree, state);
        return 0;
    }

    private Errno Refuse(string why, Errno errno = Errno.EIO)
    {
        string name = manifest.StartsWith('/') ? manifest : HttpRoot.Printable(new Uri(manifest));
        log.ManifestRefused(name, why, _tree is null ? "there is no older one to go on with" : "the older one is used");
        return errno;
    }
}
