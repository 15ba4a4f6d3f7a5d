using Mono.Unix.Native;
using Nnpfs.Posix;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>What is fetched, counted: no page of a state twice without a reason, and none that nobody asked for beyond the window.</summary>
/// <remarks>
/// Reasons, after each of which it is counted anew: arlad was killed, and an invalidation where the origin has no strong validator. A fetch ahead
/// that is given up may leave a page in part, which is fetched again; over a web server it shows: more was sent than was taken,
/// or less than was asked.
/// </remarks>
internal sealed partial class ModelRun
{
    /// <summary>Bytes: max-ahead of the volume over a web server.</summary>
    private const long WebAhead = 64 << 10;

    private readonly HashSet<(FileState State, long Page)> _sent = []; // by the web server, since it is counted
    private long _sentBytes;
    private bool _isGivenUp; // a fetch was
    private double _takenBefore;
    private int _readsBefore;

    /// <summary>
    /// Over a web server, where every page counts, the kernel is told not to read ahead by itself: it would by as much as the
    /// read.
    /// </summary>
    private void ReadAtRandom(SafeFd file)
    {
        if (_log is not null)
            _ = Syscall.posix_fadvise(file.Number, 0, 0, PosixFadviseAdvice.POSIX_FADV_RANDOM);
    }

    public async Task CheckPagesAsync()
    {
        double taken = await TakenAsync() - _takenBefore; // before the log is read: what arlad took stands in it
        await TakeLogAsync();
        long most = _log is null ? _pages.MostBytes(_origin.States) : _sent.Sum(page => PageBook.BytesOf(page.State, page.Page));
        bool mayBeInPart = _log is null || _isGivenUp || _sentBytes > taken;
        long inPart = mayBeInPart ? (_pages.Reads - _readsBefore) * (long)PageBook.Page : 0;
        if (taken > most + inPart)
            throw new InvalidDataException($"{taken} bytes were fetched, and {most} are in the pages that were: some came twice\n{Logs(_mounts[0])}");
    }

    /// <summary>What was fetched until now may rightly be fetched again.</summary>
    private async Task CountPagesAnewAsync()
    {
        await TakeLogAsync();
        _sent.Clear();
        (_sentBytes, _isGivenUp) = (0, false);
        _takenBefore = _arlad.Program.HasExited ? 0 : await TakenAsync();
        _readsBefore = _pages.Reads;
    }

    /// <returns>bytes that arlad took from the origin, when it fetches nothing</returns>
    private async Task<double> TakenAsync()
    {
        MetricsText metrics = await _arlad.MetricsAsync();
        for (long start = Environment.TickCount64; metrics.Sum("nnpfs_origin_requests_in_flight") > 0; metrics = await _arlad.MetricsAsync())
        {
            if (Environment.TickCount64 - start > Patience.Limit.TotalMilliseconds)
                throw new TimeoutException($"a fetch does not end\n{Logs(_mounts[0])}");
            await Task.Delay(20);
        }
        return metrics.Sum("nnpfs_origin_bytes_total");
    }

    private async Task TakeLogAsync()
    {
        foreach (Fetch fetch in _log is null ? [] : await _log.TakeAsync())
        {
            _sentBytes += fetch.Length;
            _isGivenUp |= !fetch.IsWhole;
            foreach (long page in fetch.Pages)
            {
                _sent.Add((fetch.State, page));
                if (!_pages.MayBeFetched(fetch.State, Path.GetDirectoryName(fetch.Name)!, page))
                    throw new InvalidDataException($"{fetch.Name}: {fetch.Length} bytes at {fetch.Offset} were fetched, and nobody asked for page {page} or shortly before it\n{Logs(_mounts[0])}");
            }
        }
    }
}
