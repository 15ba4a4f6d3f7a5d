using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Data;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>The life of one mount in this process: checks, connection, mount, session, and its end. Never leaves a dead mount behind.</summary>
internal sealed class MountRun(MountOptions options, OpenVolume open, Readiness readiness, LogSwitch logs)
{
    private static readonly TimeSpan BusyGrace = TimeSpan.FromSeconds(2);

    private readonly ILogger _log = logs.Factory.CreateLogger("nnpfs");

    private bool _overIoUring;

    /// <returns>an exit status; what is wrong is told through the readiness before</returns>
    public async Task<int> RunAsync()
    {
        using var stop = new StopSignals(logs);
        Failure? failure = MountPoint.Check(options.MountPoint, options.NonEmpty, out string mountPoint)
            ?? RequestWay.Choose(options.IoUring, out _overIoUring);
        if (failure is not null)
            return readiness.Fail(failure);
        (IVolumeTree? tree, failure) = await open(options, mountPoint, logs.Factory, stop.Token);
        if (tree is null)
            return readiness.Fail(failure ?? new(ExitStatus.System, "the volume cannot be opened"));
        await using (tree)
            return await MountAsync(tree, mountPoint, stop);
    }

    private async Task<int> MountAsync(IVolumeTree tree, string mountPoint, StopSignals stop)
    {
        if (Mounter.Mount(options, mountPoint, out ActiveMount? mount) is { } failure)
            return readiness.Fail(failure);
        using (mount)
        using (CrashGuard.For(mount!, _log))
        {
            try
            {
                return await ServeAsync(tree, mount!, stop);
            }
            finally
            {
                Leave(mount!);
            }
        }
    }

    private async Task<int> ServeAsync(IVolumeTree tree, ActiveMount mount, StopSignals stop)
    {
        SessionOptions sessionOptions = SessionOptions.ForThisMachine(options.Threads) with
        {
            Passthrough = options is { Passthrough: true, ElidesOpens: false },
            OverIoUring = _overIoUring,
        };
        if (!FuseSession.Open(mount.Device, sessionOptions, _log).TryGet(out FuseSession? session, out Errno errno))
            return readiness.Fail(new(ExitStatus.System, ExplainInit(errno)));
        using (session)
        {
            logs.Trace = session.Trace;
            tree.Attach(session.Notifier);
            tree.Attach(OfferOf(session.Agreement, mount));
            errno = session.Start(tree.Handlers);
            if (errno != 0)
                return readiness.Fail(new(ExitStatus.System, $"the kernel's requests cannot come by io_uring ({errno}); mount with -o io_uring=off"));
            _log.Mounted(options.Source, mount.MountPoint, session.Agreement.ProtocolMinor, session.Way, session.Agreement.MaxReply);
            readiness.Succeed();
            Task end = session.WaitForEndAsync();
            if (await Task.WhenAny(end, stop.Stopped) != end)
                await StopAsync(mount, end, stop);
            else
                await end;
            _log.Unmounted(mount.MountPoint);
            return ExitStatus.Success;
        }
    }

    private BackingOffer OfferOf(Agreement agreement, ActiveMount mount)
    {
        if (!options.Passthrough)
            return new(null, "the mount has the option passthrough=off");
        if (options.ElidesOpens)
            return new(null, "the mount has the option open=elide");
        return agreement.Flags.HasFlag(InitFlags.Passthrough) ? BackingOffer.Probe(mount.Device) : new(null, BackingOffer.Explain(Errno.ENOTTY));
    }

    private async Task StopAsync(ActiveMount mount, Task end, StopSignals stop)
    {
        _log.StoppedBySignal(stop.Name, mount.MountPoint);
        Readiness.Stopping();
        if (mount.Unmount(lazily: false) != 0)
            Leave(mount);
        await Task.WhenAny(end, Task.Delay(BusyGrace));
    }

    private void Leave(ActiveMount mount)
    {
        if (!mount.IsMounted)
            return;
        if (mount.Unmount(lazily: true) is var errno && errno != 0)
            _log.UnmountFailed(mount.MountPoint, errno);
        else
            _log.UnmountedLazily(mount.MountPoint);
    }

    private static string ExplainInit(Errno errno) => errno == Errno.EPROTO
        ? $"this kernel is too old: FUSE protocol 7.{InitNegotiation.OldestMinor} (Linux 5.4) or later is needed"
        : $"the kernel did not begin the session: {errno}";
}
