using System.Text;

namespace Nnpfs.Origins.Http.Listings;

/// <summary>Directory listings in HTML: nginx, Apache (table, list and plain), Python's http.server, and their like.</summary>
/// <remarks>
/// An entry is a link to a direct child of the page's own URL. Sizes and times are for people (rounded, to the minute), so they are not read.
/// </remarks>
internal static class HtmlListing
{
    /// <param name="page">the body</param>
    /// <param name="url">of the page, after redirects: what relative links start from</param>
    /// <param name="sink">gets the entries</param>
    public static void Parse(ReadOnlySpan<byte> page, Uri url, ListingSink sink)
    {
        byte[] directory = UrlPath.Decode(url);
        byte[] authority = Encoding.ASCII.GetBytes("//" + url.Authority);
        var links = new HtmlLinks(page);
        while (!sink.IsFull && links.TryNext(out ReadOnlySpan<byte> href))
        {
            if (TryChild(HtmlEntities.Decode(href), authority, directory, out ListedEntry entry))
                sink.Add(entry);
        }
    }

    private static bool TryChild(ReadOnlySpan<byte> link, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> directory, out ListedEntry entry)
    {
        entry = default;
        link = link.Trim(" \t\r\n"u8);
        if (link.IndexOf((byte)'#') is >= 0 and var fragment)
            link = link[..fragment];
        if (link.IsEmpty || link.Contains((byte)'?') || !TryPath(ref link, authority))
            return false;
        if (link[0] == '/' && !TryBeneath(ref link, directory))
            return false;
        while (link.StartsWith("./"u8))
            link = link[2..];
        bool isDirectory = link is [.., (byte)'/'];
        if (isDirectory)
            link = link[..^1];
        if (link.IsEmpty || link.Contains((byte)'/'))
            return false;
        entry = new(UrlPath.Decode(link), isDirectory);
        return true;
    }

    /// <summary>Reduces a link with a scheme or a host to its path, if it is our host's. What is left is not empty.</summary>
    private static bool TryPath(ref ReadOnlySpan<byte> link, ReadOnlySpan<byte> authority)
    {
        ReadOnlySpan<byte> rest = link;
        if (rest.IndexOfAny("/:"u8) is > 0 and var colon && rest[colon] == ':')
        {
            if (!rest.StartsWith("http:"u8) && !rest.StartsWith("https:"u8))
                return false; // javascript:, mailto:, ftp:
            rest = rest[(colon + 1)..];
        }
        if (!rest.StartsWith("//"u8))
            return rest.Length == link.Length;
        if (!rest.StartsWith(authority) || rest.Length == authority.Length || rest[authority.Length] != '/')
            return false;
        link = rest[authority.Length..];
        return true;
    }

    /// <summary>Cuts this directory's own path off an absolute one; both may be encoded in different ways.</summary>
    private static bool TryBeneath(ref ReadOnlySpan<byte> link, ReadOnlySpan<byte> directory)
    {
        int depth = directory.Count((byte)'/');
        int end = 0;
        for (int i = 0; i < depth; i++)
        {
            int slash = link[end..].IndexOf((byte)'/');
            if (slash < 0)
                return false;
            end += slash + 1;
        }
        if (!UrlPath.Decode(link[..end]).AsSpan().SequenceEqual(directory) || end == link.Length)
            return false;
        link = link[end..];
        return true;
    }
}
