using System.Globalization;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>What nginx says it has sent of the origin's files.</summary>
internal sealed class FetchLog(WebServer site, OriginDirectory origin)
{
    private const string Mark = "/mark-";
    private int _marks, _read;

    /// <summary>For nginx' http block.</summary>
    public const string Http = "log_format fetches '$status|$uri|$sent_http_last_modified|$http_range|$body_bytes_sent';";

    /// <summary>For its server block.</summary>
    public const string Server = "access_log {folder}/access fetches;";

    /// <summary>The ranges that were sent since the last call, whole or in part.</summary>
    public async Task<IReadOnlyList<Fetch>> TakeAsync()
    {
        // A request of our own, whose line comes behind those of all that was sent before it.
        string mark = $"{Mark}{++_marks}";
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.GetAsync(new Uri(new Uri(site.Url), mark));
        await Patience.UntilAsync(() => site.AccessLog.Contains($"|{mark}|", StringComparison.Ordinal), "the mark in nginx' log");
        string log = site.AccessLog;
        int end = log.IndexOf($"|{mark}|", StringComparison.Ordinal);
        Fetch[] fetches = [.. log[_read..end].Split('\n').Where(line => line.StartsWith("206|", StringComparison.Ordinal)).Select(Parse)];
        _read = end;
        return fetches;
    }

    private Fetch Parse(string line)
    {
        string[] fields = line.Split('|');
        FileState state = origin.StateOf(DateTime.Parse(fields[2], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal));
        long[] range = [.. fields[3]["bytes=".Length..].Split('-').Select(end => long.Parse(end, CultureInfo.InvariantCulture))];
        long length = long.Parse(fields[4], CultureInfo.InvariantCulture);
        return new Fetch(fields[1].TrimStart('/'), state, range[0], length, IsWhole: length == Math.Min(range[1] + 1, state.Size) - range[0]);
    }
}

/// <param name="Name">of the file</param>
/// <param name="State">that was sent</param>
/// <param name="Offset">bytes</param>
/// <param name="Length">bytes that were sent</param>
/// <param name="IsWhole">they are all that was asked for</param>
internal sealed record Fetch(string Name, FileState State, long Offset, long Length, bool IsWhole)
{
    /// <summary>Numbers of the pages that something was sent of.</summary>
    public IEnumerable<long> Pages
    {
        get
        {
            for (long page = Offset / PageBook.Page; page * PageBook.Page < Offset + Length; page++)
                yield return page;
        }
    }
}
