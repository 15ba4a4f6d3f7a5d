namespace Nnpfs.Origins;

/// <summary>One row of <see cref="OriginTable"/>.</summary>
/// <param name="Name">for people: "directory", "http"</param>
/// <param name="Claims">is this "origin" line one of this type?</param>
/// <param name="Settings">every option it takes</param>
/// <param name="Make">a new origin; opens files that its options name, contacts nobody</param>
public sealed record OriginType(
    string Name, Func<string, bool> Claims, IReadOnlyList<OriginSetting> Settings, Func<OriginSource, OriginMade> Make);

/// <summary>An origin, or the problem that stands in its place.</summary>
public readonly record struct OriginMade(IOrigin? Origin, OriginProblem? Problem)
{
    public static implicit operator OriginMade(OriginProblem problem) => FromProblem(problem);

    public static OriginMade Of(IOrigin origin) => new(origin, null);

    public static OriginMade FromProblem(OriginProblem problem) => new(null, problem);
}
