using Nnpfs.Origins.Directory;
using Nnpfs.Origins.Http;

namespace Nnpfs.Origins;

/// <summary>Every type of origin. Adding one is a folder, and a row here.</summary>
public static class OriginTable
{
    public static readonly IReadOnlyList<OriginType> Types =
    [
        DirectoryOriginType.Row,
        HttpOriginType.Row,
    ];

    /// <returns>the type that an "origin" line names; null = none</returns>
    public static OriginType? Find(string origin) => Types.FirstOrDefault(type => type.Claims(origin));

    /// <summary>Makes the origin that a volume's configuration names, without any filter.</summary>
    public static OriginMade Make(OriginSource source)
    {
        if (Find(source.Origin) is not { } type)
            return new OriginProblem("origin", $"'{source.Origin}' is neither an absolute path nor an http:// or https:// URL");
        string? unknown = source.Options.Keys.FirstOrDefault(key => !type.Settings.Any(setting => setting.Key == key));
        if (unknown is not null)
            return new OriginProblem(unknown, $"an origin of type {type.Name} has no such option; it has {string.Join(", ", type.Settings.Select(s => s.Key))}");
        return type.Make(source);
    }
}
