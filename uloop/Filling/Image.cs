using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>
/// The data of one device: read from the cache file, filled from the origin where it has to be. Knows neither FUSE nor loop
/// devices.
/// </summary>
internal sealed class Image : IAsyncDisposable
{
    public const int PageSize = 4096;

    private static readonly TimeSpan CommitEvery = TimeSpan.FromSeconds(2);

    // set once
    private readonly CacheFiles _files;
    private readonly FetchPool _pool;
    private readonly PageFetcher _fetcher;
    private readonly ILogger _log;
    private readonly Readers _readers = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _whole = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _committing;

    // atomic
    private volatile bool _hasChanged;

    /// <param name="source">stays the caller's</param>
    /// <param name="files">taken over</param>
    /// <param name="exact">fetch the pages that are read, and none ahead</param>
    /// <param name="log">where it writes to</param>
    public Image(ImageSource source, CacheFiles files, bool exact, ILogger log)
    {
        (Source, _files, _log) = (source, files, log);
        FetchOptions options = FetchRules.Of(source.Origin.Info.AtOnce, exact);
        _pool = new FetchPool(source.Origin, options, log, TimeProvider.System);
        _fetcher = _pool.Open(source.Content, new PageStore(files, PageSize, () => _wake.Release()));
        _committing = CommitAsync();
    }

    public ImageSource Source { get; }

    /// <summary>Bytes of the cache file: the data, and zeros up to a page.</summary>
    public long Length => Source.Content.Pages * PageSize;

    public PageBits Bits => _files.Bits;

    /// <summary>Of the cache.</summary>
    public string Id => _files.Id;

    public FetchStats Stats => _pool.Stats;

    /// <summary>The origin has another state than the cache: nothing more can be filled.</summary>
    public bool HasChanged => _hasChanged;

    /// <summary>Every page is filled, and that is on the disk.</summary>
    public Task Whole => _whole.Task;

    /// <summary>Whether a read can be answered at once. Fetches ahead of whoever reads, without waiting.</summary>
    /// <param name="offset">bytes, within the cache file</param>
    /// <param name="length">bytes, as above</param>
    /// <param name="stream">for <see cref="FillAsync"/></param>
    public bool IsFilled(long offset, int length, out Readers.Reader stream)
    {
        long first = offset / PageSize;
        bool isFilled = Bits.AreFilled(first, ((offset + length + PageSize - 1) / PageSize) - first);
        stream = _readers.Of(offset, length, isFilled, out bool isDue);
        if (isDue && Bits.Missing > 0)
            _ = AheadAsync(offset, stream); // ends with the pool at the latest
        return isFilled;
    }

    /// <summary>Ends when every page of the range is filled.</summary>
    /// <returns>zero; EIO: the log says why</returns>
    public async ValueTask<Errno> FillAsync(long offset, int length, Readers.Reader stream)
    {
        FetchResult result = await _fetcher.FetchAsync(new FetchRequest(offset, length, stream.Id), _end.Token);
        if (result.Errno == 0)
            _readers.SetMark(stream, result.Mark);
        return result.Errno == 0 ? 0 : Fail(result.Errno, offset, length);
    }

    /// <summary>Fills what is missing, from start to end, behind those who read.</summary>
    /// <param name="progress">told the pages that are missing, now and then</param>
    /// <param name="cancel">nobody wants it any more; what is filled stays</param>
    public async Task<Errno> PrefetchAsync(Action<long> progress, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, cancel);
        const long step = 16 * 1024 * 1024;
        for (long at = 0; at < Source.Content.Size; at += step)
        {
            progress(Bits.Missing);
            FetchResult result = await _fetcher.FetchAsync(new FetchRequest(at, step, Background: true), either.Token);
            if (result.Errno != 0)
                return cancel.IsCancellationRequested ? Errno.ECANCELED : Fail(result.Errno, at, (int)step);
        }
        progress(Bits.Missing);
        return 0;
    }

    /// <summary>Compares what is filled with the origin.</summary>
    public Verifier Verify() => new(Source, _files);

    /// <summary>Reads bytes that are filled.</summary>
    public Errno Read(long offset, Span<byte> room)
    {
        if (Files.ReadAt(_files.Cache, room, offset).TryGet(out int count, out Errno errno) && count == room.Length)
            return 0;
        _log.CacheUnreadable(offset, room.Length, errno);
        return Errno.EIO;
    }

    /// <summary>Ends what is in flight, and has on the disk what is filled.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _pool.DisposeAsync();
        _wake.Release();
        await _committing;
        _files.Dispose();
        _end.Dispose();
        _wake.Dispose();
    }

    private async Task AheadAsync(long offset, Readers.Reader stream)
    {
        FetchResult result = await _fetcher.AheadAsync(offset, stream.Id, _end.Token);
        if (result.Errno == 0)
            _readers.SetMark(stream, result.Mark);
    }

    private Errno Fail(Errno errno, long offset, int length)
    {
        if (_end.IsCancellationRequested)
            return Errno.EIO;
        if (errno != Errno.ESTALE)
            _log.FillFailed(Source.Name, offset, length, errno);
        else if (!_hasChanged)
            _log.OriginChanged(Source.Name);
        _hasChanged |= errno == Errno.ESTALE;
        return Errno.EIO;
    }

    /// <summary>Brings the bits to the disk every now and then, at once when the last page is filled, and at the end.</summary>
    private async Task CommitAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        bool failed = false;
        while (true)
        {
            bool ends = _end.IsCancellationRequested, isWhole = Bits.Missing == 0;
            Errno errno = _files.Bitmap.Commit(_files.Cache);
            if (errno != 0 && !failed)
                _log.CommitFailed(errno);
            failed = errno != 0;
            if (errno == 0 && isWhole)
                _whole.TrySetResult();
            if (ends)
                return;
            await _wake.WaitAsync(CommitEvery, CancellationToken.None);
        }
    }
}
