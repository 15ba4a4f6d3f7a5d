using Microsoft.Extensions.Logging;
using Nnpfs.Posix;
using Nnpfs.Uloop.Control;
using Nnpfs.Uloop.Devices;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>The life of one process that serves a device: origin, cache, device, and all of it back again when the device is detached.</summary>
internal sealed class ServeRun(ServeOptions options, Readiness readiness, ILogger log)
{
    /// <returns>an exit status</returns>
    public async Task<int> RunAsync()
    {
        (ImageSource? source, Failure? failure) = await ImageSource.OpenAsync(options.Origin, options.OriginOptions, options.Patience, log);
        if (source is null)
            return readiness.Fail(failure!);
        await using (source)
        {
            CachePaths paths = CachePaths.Of(options.Cache, options.Bitmap, source.Name);
            if (CacheFiles.Open(paths, source.Name, source.Content, out CacheFiles? files) is { } refused)
                return readiness.Fail(refused);
            WarnOfSpace(files!);
            await using var image = new Image(source, files!, options.Exact, log);
            return await ServeAsync(paths, image);
        }
    }

    private async Task<int> ServeAsync(CachePaths paths, Image image)
    {
        using var signals = new StopSignals(); // from here on something is to be undone
        if (Attaching.Attach(options, paths, image, log, out Attachment? attachment) is { } failure)
            return readiness.Fail(failure);
        using (attachment)
        {
            DeviceState state = attachment!.State;
            signals.Begin(signal => Stop(signal, attachment));
            if (ControlServer.Start(state.Socket, new Controls(attachment, image), log, out ControlServer? control) is { } unheard)
            {
                _ = attachment.Detach(); // nobody was told of it
                await attachment.RunAsync(image);
                return readiness.Fail(unheard);
            }
            log.Attached(state.Device, state.Origin, image.Source.Content.Size, state.Cache, image.Bits.Missing, image.Bits.Pages);
            readiness.Succeed(state.Device);
            await attachment.RunAsync(image);
            await control!.DisposeAsync();
        }
        return ExitStatus.Success;
    }

    /// <summary>As umount(8) with --lazy: what is used stays until it is not used any more.</summary>
    private void Stop(string signal, Attachment attachment)
    {
        IReadOnlyList<string> users = DeviceUsers.Of(attachment.State.Number);
        if (users.Count > 0)
            log.StillUsed(signal, attachment.State.Device, string.Join("; ", users));
        _ = attachment.Detach(); // ENXIO: somebody was quicker
    }

    private void WarnOfSpace(CacheFiles files)
    {
        long missing = files.Bits.Missing * Image.PageSize;
        if (Disk.Space(files.Cache).TryGet(out DiskSpace space, out _) && space.Available < missing)
            log.DiskTooSmall(missing, space.Available);
    }
}
