using System.Security.Cryptography;
using System.Text;

namespace Nnpfs.Uloop.Filling;

/// <summary>Where a cache, its bitmap and its companion are.</summary>
internal sealed record CachePaths(string Cache, string Bitmap)
{
    private const string DefaultFolder = "/var/cache/uloop";

    public string Companion => Cache + ".origin";

    /// <param name="cache">as the user wrote it; null: by the origin, in /var/cache/uloop</param>
    /// <param name="bitmap">as the user wrote it; null: beside the cache</param>
    /// <param name="origin">URL or path of the data</param>
    public static CachePaths Of(string? cache, string? bitmap, string origin)
    {
        cache = Path.GetFullPath(cache ?? Path.Combine(DefaultFolder, NameOf(origin)));
        return new(cache, bitmap is null ? cache + ".bitmap" : Path.GetFullPath(bitmap));
    }

    /// <summary>What a person recognises, and what no other origin has.</summary>
    private static string NameOf(string origin)
    {
        string last = origin[(origin.LastIndexOf('/') + 1)..];
        string plain = new([.. last.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')]);
        return $"{plain}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))[..16]}";
    }
}
