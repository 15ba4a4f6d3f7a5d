using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>The row of directories in <see cref="OriginTable"/>.</summary>
public static class DirectoryOriginType
{
    private const string MaxWatches = "max-watches";
    private const string ShownAs = "shown-as";

    public static readonly OriginType Row = new(
        "directory",
        origin => origin.StartsWith('/'),
        [
            new(MaxWatches, "65536", "directories that are watched for changes; others are asked again every 'refresh'; 0 = watch none"),
            new(ShownAs, "", "what people are shown as the origin: its path outside of the jail; empty = the path above"),
        ],
        Make);

    private static OriginMade Make(OriginSource source)
    {
        string written = source.Options.GetValueOrDefault(MaxWatches, "65536");
        if (!int.TryParse(written, out int watches) || watches < 0)
            return new OriginProblem(MaxWatches, $"'{written}' is not a number of directories");
        Result<SafeFd> root = Files.Open(source.Origin, OpenModes.Path);
        if (!root.TryGet(out SafeFd? opened, out Errno errno))
            return new OriginProblem("origin", $"{source.Origin} cannot be opened: {errno}; is it there, and bound into the jail?");
        if (Directories.FactsOf(opened) is { IsOk: true } facts && FileKind.Of(facts.Value.Mode) != OriginKind.Directory)
        {
            opened.Dispose();
            return new OriginProblem("origin", $"{source.Origin} is not a directory");
        }
        var watched = new DirectoryWatches(opened, watches, source.Logger, source.Time);
        string shown = source.Options.GetValueOrDefault(ShownAs, "");
        return OriginMade.Of(new DirectoryOrigin(shown.Length > 0 ? shown : source.Origin, opened, watched, source.Time));
    }
}
