using Microsoft.Extensions.Logging;

namespace Nnpfs.Driver.Mounting;

/// <summary>Detaches the mount when the process is brought down by an exception that nobody caught.</summary>
internal sealed class CrashGuard : IDisposable
{
    private readonly ActiveMount _mount;
    private readonly ILogger _log;

    private CrashGuard(ActiveMount mount, ILogger log)
    {
        (_mount, _log) = (mount, log);
        AppDomain.CurrentDomain.UnhandledException += OnCrash;
    }

    public static CrashGuard For(ActiveMount mount, ILogger log) => new(mount, log);

    public void Dispose() => AppDomain.CurrentDomain.UnhandledException -= OnCrash;

    private void OnCrash(object sender, UnhandledExceptionEventArgs crash)
    {
        _ = _mount.Unmount(lazily: true);
        if (crash.ExceptionObject is Exception exception)
            _log.DriverFailed(exception, _mount.MountPoint);
    }
}
