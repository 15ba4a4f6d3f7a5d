using Nnpfs.Cli.Commands;
using Nnpfs.Posix;

namespace Nnpfs.Cli.Output;

/// <summary>A file that a command makes: written beside its place, and put there when it is whole, so that no half of it is ever left.</summary>
/// <remarks>What is there already and is no regular file (a pipe, a terminal) is written to as it is; of a symlink, what it leads to.</remarks>
internal sealed class NewFile : IDisposable
{
    private const uint TypeMask = 0xF000, Regular = 0x8000;

    private readonly string _place;
    private readonly string? _partial; // null: written in place

    private NewFile(string place, string? partial)
    {
        (_place, _partial) = (place, partial);
        // Without a buffer: a full disk fails the write, and never the end of a file that is given up.
        FileMode mode = partial is null ? FileMode.Open : FileMode.Create;
        Content = new FileStream(partial ?? place, mode, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public FileStream Content { get; }

    /// <summary>Throws <see cref="UsageException"/> where nothing can be written.</summary>
    public static NewFile Create(string path)
    {
        try
        {
            string place = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;
            return new(place, IsOfAnotherKind(place) ? null : place + ".partial");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be written: {failure.Message}");
        }
    }

    /// <summary>It is whole: puts it into its place, over what was there.</summary>
    public void Keep()
    {
        Content.Dispose();
        if (_partial is not null)
            File.Move(_partial, _place, overwrite: true);
    }

    public void Dispose()
    {
        Content.Dispose();
        if (_partial is not null)
            File.Delete(_partial);
    }

    private static bool IsOfAnotherKind(string path)
    {
        if (!Files.Open(path, OpenModes.Path).TryGet(out SafeFd? found, out _))
            return false;
        using (found)
            return Directories.FactsOf(found).TryGet(out FileFacts facts, out _) && (facts.Mode & TypeMask) != Regular;
    }
}
