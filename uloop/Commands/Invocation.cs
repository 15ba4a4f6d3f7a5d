namespace Nnpfs.Uloop.Commands;

/// <summary>How this process was called: the programs of uloop are one, under several names.</summary>
internal static class Invocation
{
    public const string Http = "ulohttp", BlockDevice = "ulobdev";

    private static readonly string[] Known = [Http, BlockDevice];

    /// <summary>ulohttp, ulobdev or uloop.</summary>
    public static string Name { get; private set; } = "uloop";

    /// <summary>To call it again, under whatever name.</summary>
    public static IReadOnlyList<string> Arguments { get; private set; } = [];

    /// <summary>By a link of that name, or with the name as the first argument.</summary>
    /// <param name="calledAs">argv[0]</param>
    /// <param name="arguments">all others</param>
    /// <returns>those behind the name</returns>
    public static string[] Begin(string calledAs, string[] arguments)
    {
        string link = Path.GetFileName(calledAs);
        bool byLink = Known.Contains(link), byArgument = !byLink && arguments is [var first, ..] && Known.Contains(first);
        Name = byLink ? link : byArgument ? arguments[0] : "uloop";
        string[] rest = byArgument ? arguments[1..] : arguments;
        Arguments = Name == "uloop" ? rest : [Name, .. rest];
        return rest;
    }
}
