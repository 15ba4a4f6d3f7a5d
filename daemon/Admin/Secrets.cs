using System.Text.RegularExpressions;

namespace Nnpfs.Daemon.Admin;

/// <summary>Takes out of a text what could open a door: credentials in URLs, their queries, and the values of keys that say secret.</summary>
/// <remarks>Secrets belong in files that the configuration only names; this is for those who wrote one elsewhere.</remarks>
internal static partial class Secrets
{
    private const string Mask = "***";

    public static string Redact(string text) =>
        SecretKey().Replace(Query().Replace(UserInfo().Replace(text, "$1" + Mask + "@"), "$1?" + Mask), "$1" + Mask);

    [GeneratedRegex(@"([a-z][a-z0-9+.-]*://)[^/\s@]+@", RegexOptions.IgnoreCase)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"([a-z][a-z0-9+.-]*://[^\s?]+)\?[^\s]+", RegexOptions.IgnoreCase)]
    private static partial Regex Query();

    // "key = value" and "Header: value"; a key that ends in "file" names a file, which is no secret.
    [GeneratedRegex(@"((?:password|passwd|secret|token|authorization|api-?key)[\w-]*(?<!file)\s*[=:]\s*)[^\r\n]+", RegexOptions.IgnoreCase)]
    private static partial Regex SecretKey();
}
