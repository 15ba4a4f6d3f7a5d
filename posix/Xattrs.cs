using System.Text;

namespace Nnpfs.Posix;

/// <summary>Extended attributes of files, by path. SOURCE: getxattr(2).</summary>
public static unsafe class Xattrs
{
    private const int MaxValue = 64 * 1024; // XATTR_SIZE_MAX

    /// <summary>The value of an attribute of what a path leads to.</summary>
    /// <param name="path">bytes, without a NUL</param>
    /// <param name="name">with its namespace: "user.x"</param>
    /// <returns>ENODATA: there is none of that name; EOPNOTSUPP: the file system has none at all; ENOENT, EACCES ...</returns>
    public static Result<byte[]> Get(ReadOnlySpan<byte> path, string name)
    {
        Span<byte> terminated = stackalloc byte[Math.Min(path.Length + 1, Files.MaxPath)];
        if (!Files.Terminate(path, terminated))
            return Errno.ENAMETOOLONG;
        byte[] value = new byte[MaxValue], attribute = Encoding.UTF8.GetBytes(name + "\0");
        nint length;
        // SAFETY: both strings are NUL-terminated; the kernel writes at most the length passed, which is the array's own.
        fixed (byte* file = terminated, key = attribute, start = value)
            length = Libc.getxattr(file, key, start, (nuint)value.Length);
        return length >= 0 ? value[..(int)length] : Files.LastErrno();
    }
}
