using Nnpfs.Origins.Http.Asking;

namespace Nnpfs.Origins.Http;

/// <summary>The options of an HTTP origin, checked.</summary>
internal sealed record HttpOptions
{
    public required HttpRoot Root { get; init; }

    public required CredentialSource Credentials { get; init; }

    public required HttpTrust Trust { get; init; }

    public Uri? Proxy { get; init; }

    public TimeSpan ConnectTimeout { get; init; }

    /// <summary>Without a byte from the server; of one request, not of a whole read.</summary>
    public TimeSpan Timeout { get; init; }

    public int Connections { get; init; }

    public TimeSpan RedirectTime { get; init; }

    public bool InsecureRedirects { get; init; }

    /// <summary>A URL, or an absolute path; empty = listings come from the server.</summary>
    public string Manifest { get; init; } = "";

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint FileMode { get; init; }

    public uint DirectoryMode { get; init; }

    /// <summary>Reads and checks all of a volume's options, and the files that they name.</summary>
    public static OriginProblem? TryRead(OriginSource source, out HttpOptions? options)
    {
        options = null;
        if (HttpRoot.TryParse(source.Origin, out HttpRoot? root) is { } problem)
            return problem;
        var reader = new OptionReader(source.Options, HttpSettings.All);
        var trust = new HttpTrust();
        if ((CredentialSource.TryRead(reader, out CredentialSource credentials) ?? HttpTrust.TryRead(reader, trust)) is { } file)
            return file;
        options = Read(reader, root!, credentials, trust);
        return reader.Problem;
    }

    private static HttpOptions Read(OptionReader reader, HttpRoot root, CredentialSource credentials, HttpTrust trust) => new()
    {
        Root = root,
        Credentials = credentials,
        Trust = trust,
        Proxy = ReadProxy(reader),
        ConnectTimeout = reader.Seconds(HttpSettings.ConnectTimeout, 1, 3600),
        Timeout = reader.Seconds(HttpSettings.Timeout, 1, 3600),
        Connections = reader.Number(HttpSettings.Connections, 1, 256),
        RedirectTime = reader.Seconds(HttpSettings.RedirectTime, 0, 86400),
        InsecureRedirects = reader.Flag(HttpSettings.InsecureRedirects),
        Manifest = ReadManifest(reader, root),
        Uid = reader.Id(HttpSettings.Uid),
        Gid = reader.Id(HttpSettings.Gid),
        FileMode = reader.Mode(HttpSettings.FileMode),
        DirectoryMode = reader.Mode(HttpSettings.DirMode),
    };

    private static Uri? ReadProxy(OptionReader reader)
    {
        string text = reader.Text(HttpSettings.Proxy);
        if (text.Length == 0)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? proxy) && proxy.Scheme is "http" or "https" or "socks5" && proxy!.UserInfo.Length == 0
            ? proxy
            : reader.Wrong<Uri?>(HttpSettings.Proxy, "a URL http://HOST:PORT without a user is expected", null);
    }

    private static string ReadManifest(OptionReader reader, HttpRoot root)
    {
        string text = reader.Text(HttpSettings.Manifest);
        if (text.Length == 0 || text.StartsWith('/'))
            return text;
        return Uri.TryCreate(root.Url, text, out Uri? url) && url.Scheme is "http" or "https"
            ? url!.AbsoluteUri
            : reader.Wrong(HttpSettings.Manifest, "a URL or an absolute path is expected", "");
    }
}
