using Nnpfs.Posix;

namespace Nnpfs.Driver.Data;

/// <summary>An open block file that its readers and the table of open files share: closed when the last of them lets go.</summary>
internal sealed class BlockFile(SafeFd file)
{
    private int _users = 1; // atomic; the maker's is the first

    /// <summary>Valid between a successful <see cref="TryAcquire"/> and its <see cref="Release"/>.</summary>
    public SafeFd Fd => file;

    /// <returns>false: it is closed already</returns>
    public bool TryAcquire()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            file.Dispose();
    }
}
