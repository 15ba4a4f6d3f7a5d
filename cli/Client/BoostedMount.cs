using System.Text;
using System.Text.Json.Serialization;
using Nnpfs.Cli.Paths;
using Nnpfs.Posix;

namespace Nnpfs.Cli.Client;

/// <summary>What programs read past FUSE on a mount, as its driver tells.</summary>
/// <param name="Files">opened so, since the mount was made</param>
/// <param name="Bytes">their sizes, together</param>
/// <param name="Lent">files of the cache that programs have open now</param>
/// <param name="Programs">that are connected now</param>
internal sealed record BoostedMount(long Files, long Bytes, long Lent, IReadOnlyList<BoostedProgram> Programs)
{
    private const string Attribute = "user.nnpfs.boosters";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2); // a mount may hang

    public string Mount { get; init; } = "";

    public string Volume { get; init; } = "";

    /// <param name="point">a mount point; null: every mount of Nnpfs that this process sees</param>
    /// <param name="cancel">gives up</param>
    /// <returns>of each, with an errno in place of what one did not tell</returns>
    public static async Task<List<(string Mount, Result<BoostedMount> Told)>> AllAsync(string? point, CancellationToken cancel)
    {
        var all = new List<(string, Result<BoostedMount>)>();
        foreach ((string mount, string volume) in MountTable.OfProcess().OfNnpfs.Where(mount => point is null || mount.Point == point))
        {
            Result<byte[]> value = await MountAttribute.GetAsync(Encoding.UTF8.GetBytes(mount), Attribute, _limit, cancel);
            all.Add((mount, value.IsOk ? Read(value.Value, mount, volume) : value.Errno));
        }
        return all;
    }

    private static Result<BoostedMount> Read(byte[] text, string mount, string volume) =>
        BoostedJson.Read(text) is { } told ? told with { Mount = mount, Volume = volume } : Errno.EPROTO;
}

/// <param name="Pid">as the driver sees it</param>
/// <param name="Uid">of its user</param>
/// <param name="Files">that it opened past FUSE</param>
/// <param name="Bytes">their sizes, together</param>
internal sealed record BoostedProgram(int Pid, uint Uid, long Files, long Bytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BoostedMount))]
internal sealed partial class BoostedJson : JsonSerializerContext
{
    /// <returns>null: it is none</returns>
    public static BoostedMount? Read(byte[] text)
    {
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize(text, Default.BoostedMount) is { Programs: not null } mount ? mount : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public static string Write(BoostedMount mount) => System.Text.Json.JsonSerializer.Serialize(mount, Default.BoostedMount);
}
