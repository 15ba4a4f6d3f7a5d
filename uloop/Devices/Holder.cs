using Nnpfs.Posix;

namespace Nnpfs.Uloop.Devices;

/// <summary>A process that does nothing but keep the connection with the kernel open, so that it does not end with the one that serves it.</summary>
/// <remarks>docs/adr/0008.</remarks>
internal static class Holder
{
    private const int Number = 3; // what it has the descriptor under

    public static Result<ProcessKey> Start(SafeFd connection)
    {
        if (!Files.Open("/dev/null", OpenModes.ReadWrite).TryGet(out SafeFd? nothing, out Errno errno))
            return errno;
        using (nothing)
        {
            var start = new ChildStart("sleep", ["infinity"])
            {
                Descriptors = new Dictionary<int, SafeFd> { [0] = nothing, [1] = nothing, [2] = nothing, [Number] = connection },
                NewSession = true,
            };
            if (!Child.Start(start).TryGet(out Child? child, out errno))
                return errno;
            return ProcessKey.Of(child.Pid) is { } key ? key : Errno.ESRCH;
        }
    }

    /// <returns>ESRCH: it has ended, and the connection with it</returns>
    public static Result<SafeFd> Take(ProcessKey holder) => holder.Share(Number);
}
