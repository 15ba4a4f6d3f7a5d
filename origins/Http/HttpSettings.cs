namespace Nnpfs.Origins.Http;

/// <summary>The options of an HTTP origin, as the configuration file names them.</summary>
internal static class HttpSettings
{
    public const string UserFile = "user-file", BearerFile = "bearer-file", HeaderFile = "header-file";
    public const string ClientCertificate = "client-cert", ClientKey = "client-key", CaFile = "ca-file", Proxy = "proxy";
    public const string ConnectTimeout = "connect-timeout", Timeout = "timeout", Connections = "connections";
    public const string RedirectTime = "redirect-time", InsecureRedirects = "insecure-redirects";
    public const string Manifest = "manifest";
    public const string Uid = "uid", Gid = "gid", FileMode = "file-mode", DirMode = "dir-mode";

    public static readonly IReadOnlyList<OriginSetting> All =
    [
        new(UserFile, "", "file with one line user:password, for basic authentication"),
        new(BearerFile, "", "file with a bearer token"),
        new(HeaderFile, "", "file with header lines (Name: value), sent to the origin's own host only"),
        new(ClientCertificate, "", "PEM file with the client's certificate (and its key, unless client-key is given)"),
        new(ClientKey, "", "PEM file with the key of client-cert"),
        new(CaFile, "", "PEM file with the only authorities to trust, instead of the system's"),
        new(Proxy, "", "URL of a proxy (http://host:port); none unless given, whatever the environment says"),
        new(ConnectTimeout, "10", "seconds to connect, with name lookup and TLS"),
        new(Timeout, "30", "seconds without a byte from the server, after which a request fails with ETIMEDOUT"),
        new(Connections, "8", "connections to the server at once, 1 to 256"),
        new(RedirectTime, "60", "seconds for which a redirect's target is kept, where the server gives no max-age"),
        new(InsecureRedirects, "no", "yes: follow a redirect from https to http"),
        new(Manifest, "", "URL (absolute, or beneath the origin) or absolute path of a file that lists the tree, a JSON object a line"),
        new(Uid, "0", "owner shown for everything"),
        new(Gid, "0", "group shown for everything"),
        new(FileMode, "0644", "permissions of files, octal"),
        new(DirMode, "0755", "permissions of directories, octal"),
    ];
}
