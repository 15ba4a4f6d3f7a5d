namespace Nnpfs.TestKit;

/// <summary>A directory of one test, removed at its end.</summary>
public sealed class Scratch : IDisposable
{
    // The prefix is what tests/run looks for when it cleans up after a run that was killed.
    private readonly DirectoryInfo _root = System.IO.Directory.CreateTempSubdirectory("nnpfs-test-");

    public string Root => _root.FullName;

    /// <returns>the path of a directory in it, made if it is not there</returns>
    public string Directory(string name) => System.IO.Directory.CreateDirectory(System.IO.Path.Combine(Root, name)).FullName;

    public string Path(string name) => System.IO.Path.Combine(Root, name);

    // By rm, which knows names of any bytes and does not cross into a mount that was left.
    public void Dispose() => ChildProgram.Run("rm", "-rf", "--one-file-system", Root);
}
