namespace Nnpfs.Origins.Http;

/// <summary>The row of HTTP(S) in <see cref="OriginTable"/>.</summary>
public static class HttpOriginType
{
    public static readonly OriginType Row = new("http", IsUrl, HttpSettings.All, Make);

    private static bool IsUrl(string origin) =>
        origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static OriginMade Make(OriginSource source) => HttpOptions.TryRead(source, out HttpOptions? options) is { } problem
        ? OriginMade.FromProblem(problem)
        : OriginMade.Of(new HttpOrigin(options!, source.Logger, source.Time));
}
