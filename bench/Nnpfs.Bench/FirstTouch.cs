using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>What is read for the first time over HTTP from a local nginx, near and far, against curl with as many connections.</summary>
internal static class FirstTouch
{
    public const int Many = 8; // connections

    /// <summary>A volume for each link and number of connections, and for each tree, so that each has a cache of its own.</summary>
    public static string Volumes(Uri near, Uri far) => string.Concat(
        from link in (IEnumerable<(string Name, Uri Url)>)[("near", near), ("far", far)]
        from connections in (int[])[1, Many]
        select Volume($"{link.Name}{connections}", link.Url, connections))
        + Volume(FirstPages.Volume, near, FirstPages.Readers) + Volume(FirstTree.Listed, far, Many) + Volume(FirstTree.Named, far, Many) + Volume(ProgramStart.Volume, far, Many, "file-mode = 0755");

    public static IEnumerable<Figure> Measure(Options options, Programs programs, Nginx nginx, DelayRelay relay)
    {
        Console.Error.WriteLine("first touch over HTTP");
        var curl = new Curl(options.Work);
        IEnumerable<Figure> figures = [];
        if (options.Measures("first-large"))
            figures = figures.Concat(new FirstLarge(options, programs, curl, nginx, relay).Measure());
        if (options.Measures("first-pages"))
            figures = figures.Concat(new FirstPages(options, programs, curl, nginx).Measure());
        var tree = new FirstTree(options, programs, curl, relay);
        if (options.Measures("first-byte"))
            figures = figures.Concat(tree.FirstBytes());
        if (options.Measures("first-tree"))
            figures = figures.Concat(tree.Measure());
        if (options.Measures("first-start"))
            figures = figures.Concat(new ProgramStart(options, programs).Measure());
        return figures;
    }

    /// <summary>The bytes that a read brought.</summary>
    public static int Must(Result<int> read) => read.IsOk ? read.Value : throw new IOException($"a first read failed: {read.Errno}");

    private static string Volume(string name, Uri url, int connections, string more = "") =>
        $"[volume {name}]\norigin = {url}\nconnections = {connections}\n{more}\n\n";
}
