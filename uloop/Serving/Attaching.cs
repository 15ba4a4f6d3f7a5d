using Microsoft.Extensions.Logging;
using Nnpfs.Posix;
using Nnpfs.Uloop.Devices;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>Gives an image its device: a new one, or the one that a killed process has left.</summary>
internal static class Attaching
{
    private const int ReadAhead = 128; // KiB, while pages are missing: what lies further ahead is our business
    private const int Tries = 16;

    /// <param name="options">the device and the sectors</param>
    /// <param name="paths">of the cache, which this process has locked: so no other serves a device of it</param>
    /// <param name="image">what the device shows</param>
    /// <param name="log">where it writes to</param>
    /// <param name="attachment">attached</param>
    /// <returns>null, or why not and what to do about it</returns>
    public static Failure? Attach(ServeOptions options, CachePaths paths, Image image, ILogger log, out Attachment? attachment)
    {
        DeviceState? left = DeviceState.OfCache(paths.Cache);
        if (left is not null && left.Way() is var way and not DeviceWay.None)
            return GoOn(options, left, way, image, log, out attachment);
        if (left is not null)
            Forget(left);
        return Begin(options, paths, image, log, out attachment);
    }

    /// <summary>Ends what is left of a device that is attached no more.</summary>
    public static void Forget(DeviceState left)
    {
        if (left.Holder is { } holder)
            _ = holder.End(); // ESRCH: it has ended already
        left.Remove();
    }

    private static Failure? GoOn(ServeOptions options, DeviceState left, DeviceWay way, Image image, ILogger log, out Attachment? attachment)
    {
        attachment = null;
        if (options.Device is { } wanted && wanted != left.Number)
            return new(ExitStatus.System, $"the cache {left.Cache} is that of {left.Device}, whose process was killed: name that device, or auto, or detach it first");
        // Somebody has removed the cache, and another one was made: the device shows the data of the one that is gone.
        if (left.CacheId != image.Id || left.Server.IsAlive())
            return new(ExitStatus.System, $"{left.Device} shows another cache, which had the name {left.Cache}: detach it first, with uloop detach {left.Device}");
        PrivateFile? file = null;
        if (way == DeviceWay.Process)
        {
            Errno errno = Errno.ESRCH;
            if (left.Holder is not { } holder || !Holder.Take(holder).TryGet(out SafeFd? connection, out errno)
                || !PrivateFile.TakeOver(connection, left.MaxReply, image, log).TryGet(out file, out errno))
            {
                string cause = errno == Errno.EINVAL ? "Linux 6.9 or later is needed for that" : $"what kept its connection is gone ({errno})";
                return new(ExitStatus.System, $"{left.Device} cannot be gone on with: {cause}. Detach it, and attach it again: uloop detach {left.Device}");
            }
        }
        DeviceState state = left with { Server = ProcessKey.Own };
        if (state.Save() is var unsaved && unsaved != 0)
            return Unsaved(unsaved);
        attachment = new Attachment(state, file, log);
        log.TakenOver(state.Device);
        return null;
    }

    private static Failure? Begin(ServeOptions options, CachePaths paths, Image image, ILogger log, out Attachment? attachment)
    {
        attachment = null;
        Failure? failure = PrivateFile.Make(image, log, out PrivateFile? served, out SafeFd? file);
        using (file)
        {
            if (failure is null && Holder.Start(served!.Connection).TryGet(out ProcessKey holder, out Errno errno))
            {
                var state = new DeviceState
                {
                    Number = -1,
                    Origin = image.Source.Name,
                    Cache = paths.Cache,
                    Bitmap = paths.Bitmap,
                    CacheId = image.Id,
                    Server = ProcessKey.Own,
                    Holder = holder,
                    Mount = LoopFile.Of(file!).Value,
                    MaxReply = served.MaxReply,
                };
                failure = Bind(options, new LoopSettings(options.SizeOf(image), options.SectorSize, image.Source.Name, DirectIo: true), file!, ref state);
                if (failure is null)
                    attachment = new Attachment(state, served, log);
                else
                    _ = holder.End(); // it was just started
            }
            else
                failure ??= new(ExitStatus.System, "no process can be started that keeps the connection with the kernel: is there a program sleep?");
        }
        if (failure is not null)
            served?.Dispose();
        return failure;
    }

    /// <summary>The state is written first: whatever happens then, it leads to what is left.</summary>
    private static Failure? Bind(ServeOptions options, LoopSettings settings, SafeFd file, ref DeviceState state)
    {
        for (int i = 0; i < Tries; i++)
        {
            Errno errno = 0;
            if ((options.Device is { } wanted ? wanted : LoopDevice.FindFree()) is var found && !found.TryGet(out int number, out errno))
                return new(ExitStatus.System, $"there is no loop device: {errno}; load the module with modprobe loop");
            if (!LoopDevice.Open(number).TryGet(out LoopDevice? device, out errno))
                return new(ExitStatus.System, $"{LoopDevice.PathOf(number)} cannot be opened: {errno}");
            using (device)
                errno = TryBind(device, file, settings, ref state);
            if (errno == 0 || errno != Errno.EBUSY || options.Device is not null)
                return errno == 0 ? null : Explain(number, errno);
        }
        return new(ExitStatus.System, "others take each free loop device before it can be attached");
    }

    private static Errno TryBind(LoopDevice device, SafeFd file, LoopSettings settings, ref DeviceState state)
    {
        if (device.File().IsOk || (DeviceState.Of(device.Number) is { } other && other.Way() != DeviceWay.None))
            return Errno.EBUSY;
        state = state with { Number = device.Number, ReadAhead = Queue.ReadAhead(device.Number) };
        Errno errno = state.Save();
        errno = errno != 0 ? errno : device.Attach(file, settings);
        if (errno == 0)
            Queue.SetReadAhead(device.Number, ReadAhead);
        else
            state.Remove();
        return errno;
    }

    private static Failure Unsaved(Errno errno) => new(ExitStatus.System, $"{DeviceState.Folder} cannot be written: {errno}");

    private static Failure Explain(int number, Errno errno) => new(ExitStatus.System, errno switch
    {
        Errno.EBUSY => $"{LoopDevice.PathOf(number)} is in use: see losetup {LoopDevice.PathOf(number)}, or say auto",
        Errno.EINVAL => $"{LoopDevice.PathOf(number)} does not take the file: Linux 5.8 or later is needed",
        _ => $"{LoopDevice.PathOf(number)} does not take the file: {errno}",
    });
}
