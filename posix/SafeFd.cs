using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Owns one open file descriptor and closes it once. Knows nothing of what the descriptor is open on.</summary>
public class SafeFd : SafeHandle
{
    public SafeFd()
        : base(-1, ownsHandle: true)
    {
    }

    internal SafeFd(int fd)
        : this() => SetHandle(fd);

    public override bool IsInvalid => handle == -1;

    /// <summary>The descriptor's number, for log lines and /proc/self/fd only: it may be closed at any moment.</summary>
    public int Number => (int)handle;

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
