using System.Runtime.CompilerServices;

namespace Nnpfs.TestKit;

/// <summary>The source tree that these tests were built from: for tests of its structure and its scripts.</summary>
public static class Checkout
{
    public static string Root { get; } = Find();

    public static string At(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(At(path));

    /// <summary>Source files by pattern, without what a build makes; paths from the root.</summary>
    public static IEnumerable<string> Sources(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "out" or ".git"));

    private static string Find([CallerFilePath] string here = "")
    {
        // Deterministic builds may map the path of the source: then the folder of the tests is asked.
        foreach (string start in (string[])[Path.GetDirectoryName(here)!, AppContext.BaseDirectory])
        {
            for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Nnpfs.sln")))
                    return folder;
            }
        }
        throw new DirectoryNotFoundException("The source tree of these tests is not found.");
    }
}
