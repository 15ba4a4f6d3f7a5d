using Microsoft.Extensions.Logging;
using Nnpfs.Posix;
using Nnpfs.Uloop.Devices;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>A loop device that shows an image: from when it is attached until it is detached, by whomever.</summary>
internal sealed class Attachment : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly PrivateFile? _file; // null: the device had the cache file when we came
    private readonly ILogger _log;
    private volatile bool _isChangedOver;

    public Attachment(DeviceState state, PrivateFile? file, ILogger log)
    {
        (State, _file, _log) = (state, file, log);
        _isChangedOver = file is null;
    }

    public DeviceState State { get; }

    /// <summary>Takes the device's file away, now or when its last user is gone.</summary>
    /// <returns>zero; ENXIO: it has none any more</returns>
    public Errno Detach()
    {
        if (!LoopDevice.Open(State.Number).TryGet(out LoopDevice? device, out Errno errno))
            return errno;
        using (device)
            return device.Detach();
    }

    /// <summary>Ends when the device is detached. Until then it is given the cache file once that is whole.</summary>
    public async Task RunAsync(Image image)
    {
        if (_file is not null)
        {
            await Task.WhenAny(_file.Ended, image.Whole);
            if (!_file.Ended.IsCompleted)
                ChangeOver();
            await _file.Ended; // after the change-over as well: nobody has the file any more
            EndHolder();
        }
        while (_isChangedOver && Queue.FileOf(State.Number).StartsWith(State.Cache, StringComparison.Ordinal))
            await Task.Delay(LookEvery);
        Queue.SetReadAhead(State.Number, State.ReadAhead);
        State.Remove();
        _log.Detached(State.Device);
    }

    public void Dispose() => _file?.Dispose();

    private void ChangeOver()
    {
        Errno errno = 0;
        if (Files.Open(State.Cache, OpenModes.ReadOnly).TryGet(out SafeFd? cache, out errno)
            && LoopDevice.Open(State.Number).TryGet(out LoopDevice? device, out errno))
        {
            using (device)
                errno = device.Change(cache);
            _isChangedOver = errno == 0;
        }
        cache?.Dispose();
        if (errno != 0)
        {
            _log.NotChangedOver(State.Device, errno);
            return;
        }
        Queue.SetReadAhead(State.Number, State.ReadAhead);
        _log.ChangedOver(State.Device);
    }

    private void EndHolder()
    {
        if (State.Holder is { } holder)
            _ = holder.End(); // ESRCH: somebody else has ended it
    }
}
