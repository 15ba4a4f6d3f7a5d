namespace Nnpfs.Origins.Http;

/// <summary>The URL that an origin's root stands for, and the URLs beneath it.</summary>
internal sealed class HttpRoot
{
    // Names are encoded to the byte already; a second, well-meant normalization would change some.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _prefix; // ends with "/"

    private HttpRoot(Uri url)
    {
        _prefix = url.GetLeftPart(UriPartial.Path);
        if (!_prefix.EndsWith('/'))
            _prefix += "/";
        Url = new Uri(_prefix, AsWritten);
    }

    public Uri Url { get; }

    /// <summary>The URL without anything secret: there is neither user nor query in it.</summary>
    public string Name => _prefix;

    public static OriginProblem? TryParse(string text, out HttpRoot? root)
    {
        root = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Host.Length == 0)
            return new("origin", "this is not a URL; write http://HOST/PATH or https://HOST/PATH");
        if (url.UserInfo.Length > 0)
            return new("origin", $"a user or password does not belong in the URL; put it into a file and name that in {HttpSettings.UserFile}");
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            return new("origin", "the URL of an origin has neither a query (?) nor a fragment (#)");
        root = new HttpRoot(url);
        return null;
    }

    public Uri FileUrl(OriginPath path) => Parse(_prefix + UrlPath.Encode(path.Bytes))!;

    /// <summary>A directory's URL ends with "/": that is where servers list it.</summary>
    public Uri DirectoryUrl(OriginPath path) => path.IsRoot ? Url : Parse(_prefix + UrlPath.Encode(path.Bytes) + "/")!;

    /// <summary>May what is secret be sent there? The same scheme, host and port; or the same host by TLS instead of without.</summary>
    public bool Trusts(Uri url) =>
        string.Equals(url.Host, Url.Host, StringComparison.OrdinalIgnoreCase)
        && ((url.Scheme == Url.Scheme && url.Port == Url.Port)
            || (Url.Scheme == Uri.UriSchemeHttp && url.Scheme == Uri.UriSchemeHttps && Url.IsDefaultPort && url.IsDefaultPort));

    /// <summary>An absolute URL, its path exactly as written; null = not one.</summary>
    public static Uri? Parse(string text) => Uri.TryCreate(text, AsWritten, out Uri? url) && url.IsAbsoluteUri ? url : null;

    /// <summary>For logs: what comes after the path may be a signature.</summary>
    public static string Printable(Uri url) => url.GetLeftPart(UriPartial.Path);
}
