namespace Nnpfs.Fuse.Session;

/// <summary>Takes back what the kernel holds of us: pages, attributes, entries.</summary>
/// <remarks>Each call may wait inside the kernel for locks that a request in flight holds: never from a session thread, never
/// with a lock of ours held. When it returns zero, the kernel does not hold the thing any more. ENOENT (it held nothing) is
/// folded into zero. ENODEV: unmounted.</remarks>
internal interface IKernelNotifier
{
    /// <summary>Drops a node's attributes, and its pages in a byte range.</summary>
    /// <param name="node">as given to the kernel</param>
    /// <param name="offset">of the first byte; negative: attributes alone</param>
    /// <param name="length">bytes; zero or negative: to the end</param>
    Errno InvalidateNode(ulong node, long offset = 0, long length = 0);

    /// <summary>Drops a name. With <paramref name="expireOnly"/> the kernel just looks it up again at its next use, and what is mounted
    /// or open beneath stays (a kernel that cannot, drops it).</summary>
    Errno InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false);

    /// <summary>A name is gone from its directory: drops it, and tells watchers (inotify) that it was removed.</summary>
    Errno Delete(ulong parent, ulong child, ReadOnlySpan<byte> name);
}
