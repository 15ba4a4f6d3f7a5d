using System.Text.Json;
using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>What a cache is a cache of: the small file beside it.</summary>
internal sealed record Companion
{
    public const int CurrentVersion = 1;

    private const int MaxFile = 64 * 1024;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Of the cache, in hex: its bitmap has it too.</summary>
    public required string Id { get; init; }

    /// <summary>URL or path, without any credential.</summary>
    public required string Origin { get; init; }

    public required string Validator { get; init; }

    public required bool IsStrong { get; init; }

    /// <summary>Bytes of the data.</summary>
    public required long Size { get; init; }

    /// <summary>Bytes that a bit stands for.</summary>
    public required int PageSize { get; init; }

    /// <param name="content">of the origin, as it is now</param>
    /// <param name="origin">URL or path</param>
    /// <returns>null, or how it differs</returns>
    public string? DiffersFrom(string origin, Origins.Fetching.PageContent content)
    {
        if (Version != CurrentVersion || PageSize != content.PageSize)
            return $"is of version {Version} with pages of {PageSize} bytes; this program knows version {CurrentVersion} with pages of {content.PageSize}";
        if (Origin != origin)
            return $"belongs to {Origin}, not to {origin}";
        if (Size != content.Size)
            return $"belongs to a state of {Origin} that had {Size} bytes; now it has {content.Size}";
        return new OriginValidator(Validator, IsStrong) == content.Validator
            ? null
            : $"belongs to another state of {Origin}: its validator was {Validator}, and is {content.Validator.Value}";
    }

    /// <returns>null where there is none; <paramref name="problem"/>: it cannot be read</returns>
    public static Companion? Load(string path, out string? problem)
    {
        problem = null;
        try
        {
            if (!File.Exists(path))
                return null;
            if (new FileInfo(path).Length > MaxFile)
                problem = "is too large";
            else if (JsonSerializer.Deserialize(File.ReadAllBytes(path), UloopJson.Default.Companion) is { } read
                && Convert.FromHexString(read.Id).Length == 16)
                return read;
            else
                problem = "is damaged";
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            problem = $"is damaged: {e.Message}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {e.Message}";
        }
        return null;
    }

    /// <summary>Writes it as a whole, or not at all.</summary>
    public Errno Save(string path) => WholeFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, UloopJson.Default.Companion), 0x180); // 0600
}
