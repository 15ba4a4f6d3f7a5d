using Google.Protobuf;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>What volumes report, as messages of admin.proto.</summary>
internal static class Messages
{
    public static ByteString Bytes(OriginPath path) => ByteString.CopyFrom(path.Bytes);

    public static NodeInfo Of(NodeReport report, DateTimeOffset now) => new()
    {
        Node = report.Id.Value,
        Kind = (Kind)report.Facts.Kind, // the numbers are the same
        Permissions = report.Facts.Permissions,
        Links = report.Facts.Links,
        Uid = report.Facts.Uid,
        Gid = report.Facts.Gid,
        Size = (ulong)report.Facts.Size,
        MtimeNs = report.Facts.MtimeNs,
        Target = ByteString.CopyFrom(report.Facts.Target.Span),
        Version = report.Version,
        CachedBytes = (ulong)report.CachedBytes,
        ValidMs = report.Expires is { } expires ? Milliseconds(expires - now) : 0,
        Pinned = report.IsPinned,
        Whole = report.IsWhole,
    };

    public static Failure? Of(NodeError? error, DateTimeOffset now) => error is null ? null : new()
    {
        Operation = error.Operation,
        Errno = (uint)error.Errno,
        Error = error.Errno.ToString(),
        AgoMs = Milliseconds(now - error.When),
    };

    public static Nnpfs.Proto.Admin.Waiter Of(Volumes.Waiter waiter, DateTimeOffset now) => new()
    {
        Volume = waiter.Volume,
        MountPoint = waiter.MountPoint,
        Call = waiter.Operation,
        Node = waiter.Node.Value,
        Path = Bytes(waiter.Path),
        Cause = waiter.Cause.ToString().ToLowerInvariant(),
        Error = waiter.Error == 0 ? "" : waiter.Error.ToString(),
        WaitingMs = Milliseconds(now - waiter.Since),
    };

    public static Mount Of(string volume, MountReport mount, DateTimeOffset now) => new()
    {
        Volume = volume,
        MountPoint = mount.MountPoint,
        Process = (uint)mount.Process,
        User = mount.User,
        ConnectedMs = Milliseconds(now - mount.Since),
        Waiting = (uint)mount.Waiting,
        ByDescriptor = mount.ByDescriptor,
    };

    public static ulong Milliseconds(TimeSpan span) => (ulong)Math.Max(span.TotalMilliseconds, 0);
}
