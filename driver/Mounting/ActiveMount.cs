using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>A mount that this process made, and the device that it is served through.</summary>
internal sealed class ActiveMount(FuseDevice device, string mountPoint) : IDisposable
{
    private readonly uint? _minor = MountEntry.At(mountPoint)?.Minor;

    public FuseDevice Device => device;

    public string MountPoint => mountPoint;

    /// <summary>Ours is still the topmost mount there.</summary>
    public bool IsMounted => _minor is not null && MountEntry.At(mountPoint)?.Minor == _minor;

    /// <summary>Takes it out of the tree.</summary>
    /// <param name="lazily">even while it is used: its users keep what they have open until we end</param>
    /// <returns>zero also where it was out already; EBUSY</returns>
    public Errno Unmount(bool lazily) => IsMounted ? Unmounter.Unmount(mountPoint, lazily) : 0;

    public void Dispose() => device.Dispose();
}
