using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>Finds a path beneath a directory, of any depth: a kernel's call takes 4096 bytes, so it goes in steps.</summary>
/// <remarks>Symlinks are never followed, ".." does not exist in an <see cref="OriginPath"/>, mount points are crossed.</remarks>
internal static class PathWalk
{
    private const int Step = 2048; // bytes; a name has 255 at most

    /// <returns>a path descriptor (of a symlink itself); ENOENT, EACCES, ENOTDIR (also where a symlink stands for a directory)</returns>
    internal static Result<SafeFd> Open(SafeFd root, OriginPath path)
    {
        ReadOnlySpan<byte> rest = path.IsRoot ? "."u8 : path.Bytes;
        SafeFd from = root;
        while (true)
        {
            ReadOnlySpan<byte> step = Cut(ref rest);
            Result<SafeFd> found = Files.OpenPathBeneath(from, step);
            if (from != root)
                from.Dispose();
            if (!found.TryGet(out SafeFd? opened, out Errno errno))
                return errno == Errno.ELOOP ? Errno.ENOTDIR : errno;
            if (rest.IsEmpty)
                return opened;
            from = opened;
        }
    }

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<byte> step = rest;
        if (rest.Length > Step)
            step = rest[..rest[..Step].LastIndexOf((byte)'/')];
        rest = rest[Math.Min(step.Length + 1, rest.Length)..];
        return step;
    }
}
