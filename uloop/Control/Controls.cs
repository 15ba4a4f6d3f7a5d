using Nnpfs.Origins.Fetching;
using Nnpfs.Uloop.Commands;
using Nnpfs.Uloop.Devices;
using Nnpfs.Uloop.Filling;
using Nnpfs.Uloop.Serving;

namespace Nnpfs.Uloop.Control;

/// <summary>Does what commands ask of the process of a device.</summary>
internal sealed class Controls(Attachment attachment, Image image)
{
    private const int ProgressMilliseconds = 200;

    /// <param name="request">from another process of root's</param>
    /// <param name="progress">a packet each</param>
    /// <param name="cancel">nobody listens any more, or the device is detached</param>
    /// <returns>the last packet</returns>
    public async Task<ControlReply> RunAsync(ControlRequest request, Action<ControlReply> progress, CancellationToken cancel) => request.Command switch
    {
        "status" => new ControlReply { Report = Report() },
        "detach" => Detach(request.Lazy),
        "prefetch" => await PrefetchAsync(progress, cancel),
        "verify" => await VerifyAsync(progress, cancel),
        _ => new ControlReply { Error = $"the process of {attachment.State.Device} knows no command '{request.Command}'" },
    };

    private DeviceReport Report()
    {
        FetchStats stats = image.Stats;
        return DeviceReport.Of(attachment.State) with
        {
            Filling = new FillReport
            {
                Size = image.Source.Content.Size,
                PageSize = Image.PageSize,
                Pages = image.Bits.Pages,
                Missing = image.Bits.Missing,
                Fetched = stats.OriginBytes,
                Requests = stats.Requests,
                OriginChanged = image.HasChanged,
            },
        };
    }

    private ControlReply Detach(bool lazy)
    {
        IReadOnlyList<string> users = DeviceUsers.Of(attachment.State.Number);
        if (users.Count > 0 && !lazy)
            return new ControlReply { Error = $"{attachment.State.Device} is used: {string.Join("; ", users)}" };
        Errno errno = attachment.Detach();
        return errno is 0 or Errno.ENXIO ? new ControlReply() : new ControlReply { Error = $"{attachment.State.Device} cannot be detached: {errno}" };
    }

    private async Task<ControlReply> PrefetchAsync(Action<ControlReply> progress, CancellationToken cancel)
    {
        long pages = image.Bits.Pages, last = 0;
        ControlReply Now() => new() { Done = pages - image.Bits.Missing, Of = pages };
        Errno errno = await image.PrefetchAsync(_ => Tell(ref last, progress, Now), cancel);
        return errno == 0 ? Now() : Now() with { Error = $"what is missing cannot be fetched ({errno}); the log of the device says more" };
    }

    private async Task<ControlReply> VerifyAsync(Action<ControlReply> progress, CancellationToken cancel)
    {
        long last = 0;
        Verifier verifier = image.Verify();
        ControlReply Now() => new() { Done = verifier.Compared, Of = image.Bits.Pages - image.Bits.Missing, Different = verifier.Different };
        return await verifier.RunAsync(() => Tell(ref last, progress, Now), cancel) switch
        {
            0 => Now(),
            Errno.ESTALE => Now() with { Error = $"{attachment.State.Origin} has another state than what is cached" },
            var errno => Now() with { Error = $"{attachment.State.Origin} cannot be read: {errno}" },
        };
    }

    private static void Tell(ref long last, Action<ControlReply> progress, Func<ControlReply> now)
    {
        if (Environment.TickCount64 - last < ProgressMilliseconds)
            return;
        last = Environment.TickCount64;
        progress(now());
    }
}
