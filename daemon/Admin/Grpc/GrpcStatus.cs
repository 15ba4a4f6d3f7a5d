using Nnpfs.Proto.Grpc;

namespace Nnpfs.Daemon.Admin.Grpc;

/// <summary>The end of a call: a class of failure, what is wrong and how to cure it, and the errno where there is one.</summary>
/// <param name="Code">what programs look at</param>
/// <param name="Message">for people; empty for a success</param>
/// <param name="Errno">travels as the trailer nnpfs-errno; zero = none</param>
internal readonly record struct GrpcStatus(GrpcCode Code, string Message, Errno Errno = 0)
{
    public static readonly GrpcStatus Ok = new(GrpcCode.Ok, "");

    public bool IsOk => Code == GrpcCode.Ok;

    public static GrpcStatus Invalid(string message) => new(GrpcCode.InvalidArgument, message, Errno.EINVAL);

    /// <summary>The status for an errno.</summary>
    /// <param name="errno">not zero</param>
    /// <param name="what">what failed, for the message: "volume:path"</param>
    /// <param name="cure">what to do about it; empty = the errno's own words</param>
    public static GrpcStatus Of(Errno errno, string what, string cure = "") =>
        new(CodeOf(errno), $"{what}: {(cure.Length > 0 ? cure : TextOf(errno))} ({errno})", errno);

    /// <remarks>Arguable: ENOTDIR and EISDIR are the state of the tree and not a bad argument, so FAILED_PRECONDITION.</remarks>
    internal static GrpcCode CodeOf(Errno errno) => errno switch
    {
        0 => GrpcCode.Ok,
        Errno.ENOENT or Errno.ENODATA or Errno.ENXIO => GrpcCode.NotFound,
        Errno.EEXIST => GrpcCode.AlreadyExists,
        Errno.EACCES or Errno.EPERM => GrpcCode.PermissionDenied,
        Errno.EINVAL or Errno.ENAMETOOLONG or Errno.ERANGE => GrpcCode.InvalidArgument,
        Errno.ENOTDIR or Errno.EISDIR or Errno.EROFS or Errno.EBUSY or Errno.ELOOP => GrpcCode.FailedPrecondition,
        Errno.ESTALE or Errno.EAGAIN => GrpcCode.Aborted,
        Errno.ETIMEDOUT or Errno.ECONNREFUSED or Errno.EHOSTUNREACH or Errno.ENETUNREACH or Errno.ECONNRESET or Errno.ENOTCONN =>
            GrpcCode.Unavailable,
        Errno.ENOSPC or Errno.EDQUOT or Errno.EMFILE or Errno.ENOMEM => GrpcCode.ResourceExhausted,
        Errno.ENOSYS or Errno.EOPNOTSUPP => GrpcCode.Unimplemented,
        Errno.ECANCELED or Errno.EINTR => GrpcCode.Cancelled,
        _ => GrpcCode.Internal,
    };

    private static string TextOf(Errno errno) => errno switch
    {
        Errno.ENOENT => "there is no such file or directory",
        Errno.ENOTDIR => "not a directory",
        Errno.EISDIR => "a directory",
        Errno.EACCES => "the origin does not let arlad read it: check the volume's credentials and the permissions there",
        Errno.ETIMEDOUT => "the origin did not answer in time: see nnpfsctl waiters, and try again",
        Errno.ECONNREFUSED or Errno.EHOSTUNREACH or Errno.ENETUNREACH => "the origin cannot be reached: is it up?",
        Errno.ENOSPC => "no space left on the cache's disk, or within its limits: see nnpfsctl limits",
        Errno.ESTALE => "it changed at the origin meanwhile: try again",
        Errno.EIO => "the origin failed: arlad's log has the cause",
        Errno.ENAMETOOLONG => "the name is too long",
        _ => "failed",
    };
}
