using Nnpfs.Posix;

namespace Nnpfs.Cli.Client;

/// <summary>What a mount says of itself, by an extended attribute. arlad knows nothing of it.</summary>
internal static class MountAttribute
{
    /// <param name="path">bytes, of a file or directory on the mount</param>
    /// <param name="name">with its namespace</param>
    /// <param name="limit">in time: a mount may hang</param>
    /// <param name="cancel">gives up</param>
    /// <returns>the value; ETIMEDOUT; ENODATA or EOPNOTSUPP: no mount of nnpfs; of the path</returns>
    public static async Task<Result<byte[]>> GetAsync(ReadOnlyMemory<byte> path, string name, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            // The kernel may have to ask for the way to the file; a thread of its own waits for that.
            return await Task.Run(() => Xattrs.Get(path.Span, name), cancel).WaitAsync(limit, cancel);
        }
        catch (TimeoutException)
        {
            return Errno.ETIMEDOUT;
        }
    }
}
