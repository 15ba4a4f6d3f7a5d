using System.Globalization;
using Microsoft.Extensions.Logging;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace Nnpfs.Driver.Mounting;

/// <summary>The log of this process, and what can be switched in it while it runs.</summary>
internal sealed class LogSwitch : IDisposable
{
    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}";
    private const int MaxFileSize = 10 * 1024 * 1024, FilesKept = 3;

    private readonly LoggingLevelSwitch _level;
    private readonly LogEventLevel _configured;
    private readonly SerilogLoggerFactory _factory;

    private LogSwitch(LogEventLevel level, string? file)
    {
        _configured = level;
        _level = new LoggingLevelSwitch(level);
        LoggerConfiguration configuration = new LoggerConfiguration().MinimumLevel.ControlledBy(_level);
        configuration = file is null
            ? configuration.WriteTo.Console(
                outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose)
            : configuration.WriteTo.File(file, outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, fileSizeLimitBytes: MaxFileSize, rollOnFileSizeLimit: true, retainedFileCountLimit: FilesKept);
        _factory = new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true);
    }

    public ILoggerFactory Factory => _factory;

    /// <summary>Of the session, once there is one.</summary>
    public WireTrace? Trace { get; set; }

    /// <returns>null, or why the file cannot be written</returns>
    public static Failure? Open(MountOptions options, bool background, out LogSwitch? logs)
    {
        logs = null;
        string? file = options.LogFile ?? (background ? DefaultFile(options.Volume) : null);
        if (file is not null && Probe(file) is { } failure)
            return failure;
        logs = new LogSwitch(Enum.Parse<LogEventLevel>(options.LogLevel, ignoreCase: true), file);
        return null;
    }

    public void ToggleDebug()
    {
        _level.MinimumLevel = _level.MinimumLevel == LogEventLevel.Debug ? _configured : LogEventLevel.Debug;
        Say();
    }

    public void ToggleTrace()
    {
        if (Trace is { } trace)
            trace.Enabled = !trace.Enabled;
        Say();
    }

    public void Dispose() => _factory.Dispose();

    private void Say() => _factory.CreateLogger("nnpfs").LogLevelSet(_level.MinimumLevel.ToString(), Trace is { Enabled: true } ? "on" : "off");

    /// <summary>/var/log/nnpfs for root, the user's state directory for others.</summary>
    private static string DefaultFile(string volume)
    {
        string state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/state");
        return Path.Combine(Privileges.IsRoot ? "/var/log/nnpfs" : Path.Combine(state, "nnpfs"), $"{volume.Replace('/', '_')}.log");
    }

    /// <summary>Serilog would drop lines in silence where it cannot write.</summary>
    private static Failure? Probe(string file)
    {
        string directory = Path.GetDirectoryName(file) ?? "/";
        if (!Directory.Exists(directory))
            _ = Directory.CreateDirectory(directory);
        if (!Files.Open(file, OpenModes.WriteOnly | OpenModes.Create | OpenModes.Append, 0x1A0).TryGet(out SafeFd? fd, out Errno errno))
            return new(ExitStatus.System, $"the log file {file} cannot be written: {errno}; choose another with -o log=FILE");
        fd.Dispose();
        return null;
    }
}
