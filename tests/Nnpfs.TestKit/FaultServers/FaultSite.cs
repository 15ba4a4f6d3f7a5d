using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Nnpfs.TestKit.FaultServers;

/// <summary>The honest answer to a request: files, ranges, conditions, and listings of links.</summary>
internal static class FaultSite
{
    public static FaultReply Answer(ConcurrentDictionary<string, FaultFile> files, FaultRequest request)
    {
        string path = Uri.UnescapeDataString(request.Path.Split('?')[0].TrimStart('/'));
        if (files.TryGetValue(path, out FaultFile? file))
            return AnswerFile(file, request);
        if (path.Length == 0 || path.EndsWith('/'))
            return Listing(files.Keys, path);
        bool isDirectory = files.Keys.Any(key => key.StartsWith(path + "/", StringComparison.Ordinal));
        return isDirectory ? FaultReply.Of(301, "Location", request.Path + "/") : FaultReply.Of(404);
    }

    private static FaultReply AnswerFile(FaultFile file, FaultRequest request)
    {
        string modified = file.Modified?.ToString("r", CultureInfo.InvariantCulture) ?? "";
        FaultReply reply = new FaultReply { Body = file.Bytes }.With("ETag", file.Tag ?? "").With("Last-Modified", modified)
            .With("Accept-Ranges", file.Ranges ? "bytes" : "");
        if ((file.Tag is not null && request["If-None-Match"] == file.Tag)
            || (file.Tag is null && modified.Length > 0 && request["If-Modified-Since"] == modified))
            return reply with { Status = 304, Body = default };
        bool sameVersion = request["If-Range"] is not { } condition || condition == file.Tag || condition == modified;
        return file.Ranges && sameVersion && request["Range"] is { } range && request.Method == "GET" ? Part(reply, file.Bytes, range) : reply;
    }

    private static FaultReply Part(FaultReply reply, byte[] bytes, string range)
    {
        string[] ends = range["bytes=".Length..].Split('-');
        long from = long.Parse(ends[0], CultureInfo.InvariantCulture);
        long to = Math.Min(long.Parse(ends[1], CultureInfo.InvariantCulture), bytes.Length - 1);
        if (from >= bytes.Length)
            return (reply with { Status = 416, Body = default }).With("Content-Range", $"bytes */{bytes.Length}");
        return (reply with { Status = 206, Body = bytes.AsMemory((int)from, (int)(to - from + 1)) })
            .With("Content-Range", $"bytes {from}-{to}/{bytes.Length}");
    }

    private static FaultReply Listing(IEnumerable<string> paths, string directory)
    {
        IEnumerable<string> names = paths.Where(path => path.StartsWith(directory, StringComparison.Ordinal))
            .Select(path => path[directory.Length..])
            .Select(rest => rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? rest[..(slash + 1)] : rest)
            .Distinct(StringComparer.Ordinal);
        var page = new StringBuilder("<html><body><a href=\"../\">../</a>\n");
        foreach (string name in names)
            page.Append(CultureInfo.InvariantCulture, $"<a href=\"{Href(name)}\">{WebUtility.HtmlEncode(name)}</a>\n");
        return new FaultReply { Body = Encoding.UTF8.GetBytes(page.ToString()) }.With("Content-Type", "text/html");
    }

    private static string Href(string name) => name.EndsWith('/') ? Uri.EscapeDataString(name[..^1]) + "/" : Uri.EscapeDataString(name);
}
