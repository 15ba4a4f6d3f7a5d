using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>The handshake.</summary>
internal sealed partial class MountSession
{
    /// <summary>The protocol versions that this arlad speaks.</summary>
    private static readonly uint[] Versions = [1];

    private const ulong ByDescriptor = 1;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private const int MountIdLength = 16, MaxMountPoint = 4096;

    public MountReport Report()
    {
        lock (_gate)
            return new(_mountPoint, _peer.ProcessId, _peer.Uid, _since, _calls.Count, _byDescriptor);
    }

    private bool Greet(Hello hello)
    {
        if (_volume is not null || hello.Mount.Length != MountIdLength || hello.MountPoint.Length > MaxMountPoint)
            return false;
        if (IsTooMany)
            return Reject(Errno.EUSERS, $"there are as many mounts as arlad may have, {_server.Options.MaxMounts}: see max-mounts in its configuration");
        uint version = Versions.Intersect(hello.Versions).DefaultIfEmpty().Max();
        if (version == 0)
            return Reject(Errno.EPROTONOSUPPORT, $"no common protocol version: arlad speaks {string.Join(", ", Versions)}, the driver {string.Join(", ", hello.Versions)}");
        if (_server.FindVolume(hello.Volume) is not { } volume)
            return Reject(Errno.ENOENT, $"no volume \"{hello.Volume}\"; there is {_server.VolumeNames}");
        if (!volume.Mounters.Allows(_peer.Uid, [_peer.Gid, .. _peer.Groups]))
            return Reject(Errno.EACCES, $"user {_peer.Uid} may not mount volume \"{hello.Volume}\": see allow-users and allow-groups in arlad's configuration");
        Welcome(volume, hello, version);
        return true;
    }

    private void Welcome(Volume volume, Hello hello, uint version)
    {
        lock (_gate)
        {
            (_volume, _mountPoint) = (volume, hello.MountPoint);
            _byDescriptor = (hello.Features & ByDescriptor) != 0 || !_server.MayOpenByName(_peer);
            // Attached before the epoch is read, and nothing can be sent before this lock is free: no invalidation falls between.
            volume.Attach(this, hello.Mount.Span, hello.Epoch, _settled.Task);
            var welcome = new Welcome
            {
                Version = version,
                Features = _byDescriptor ? ByDescriptor : 0,
                BlockSize = (uint)volume.BlockSize,
                Epoch = volume.Epoch,
                MaxWaiting = (uint)_server.Options.MaxWaiting,
                Origin = volume.Origin.Name,
                Root = volume.Root.Value,
            };
            Send(new Envelope { Welcome = welcome }, _byDescriptor ? null : volume.CacheDirectory);
            _ = SettleAsync(volume, hello.Epoch != 0 && hello.Epoch != welcome.Epoch ? welcome.Epoch : 0);
        }
        TellSpace(volume.Space);
        Log.MountCame(_log, volume.Name, hello.MountPoint, _peer.Uid, _byDescriptor);
    }

    /// <summary>
    /// A driver that meets another epoch takes everything back, which takes time. A fence (an Invalidate that names nothing) behind the
    /// Welcome comes back when that is done: until then, an invalidation that it missed does not count as done.
    /// </summary>
    /// <param name="volume">of the mount</param>
    /// <param name="epoch">the one that is new to it; 0 = none is</param>
    private async Task SettleAsync(Volume volume, ulong epoch)
    {
        if (epoch != 0 && !await InvalidateAsync(new Breakage(epoch, Volume: false, [], []), volume.InvalidateTimeout))
            return; // it is disconnected, which settles it
        _settled.TrySetResult();
    }

    /// <summary>The driver is told why, and may show it to its user; then the connection ends.</summary>
    private bool Reject(Errno errno, string reason)
    {
        Log.MountRejected(_log, reason);
        Send(new Envelope { Wakeup = new() { Errno = (uint)errno, Reason = reason } });
        _connection.Close(errno);
        return true;
    }
}
