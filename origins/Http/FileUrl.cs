namespace Nnpfs.Origins.Http;

/// <summary>The URL of one file, as an origin and a path in it.</summary>
public static class FileUrl
{
    /// <param name="url">http:// or https://; what is wrong with the rest of it, the origin will say</param>
    /// <param name="root">the URL of what holds the file: an "origin" line</param>
    /// <param name="path">of the file in it; one name</param>
    /// <returns>false: it does not end with a name</returns>
    public static bool TrySplit(string url, out string root, out OriginPath path)
    {
        int rest = url.AsSpan().IndexOfAny('?', '#'), end = rest < 0 ? url.Length : rest;
        int slash = url.AsSpan(0, end).LastIndexOf('/');
        root = url[..(slash + 1)] + url[end..];
        path = default;
        return slash > "https:/".Length
            && OriginPath.TryParse(UrlPath.Decode(System.Text.Encoding.UTF8.GetBytes(url[(slash + 1)..end])), out path)
                && !path.IsRoot;
    }
}
