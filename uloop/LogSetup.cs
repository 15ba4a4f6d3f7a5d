using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace Nnpfs.Uloop;

/// <summary>Where log lines go: to standard error in the foreground, to a file in the background.</summary>
internal static class LogSetup
{
    public const string DefaultFile = "/var/log/uloop.log";

    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} [{Process}] {Message:lj}{NewLine}{Exception}";
    private const int MaxFileSize = 10 * 1024 * 1024, FilesKept = 3;

    /// <param name="file">null: standard error</param>
    /// <param name="debug">a line per request as well</param>
    public static SerilogLoggerFactory Make(string? file, bool debug)
    {
        LoggerConfiguration setup = new LoggerConfiguration()
            .MinimumLevel.Is(debug ? LogEventLevel.Debug : LogEventLevel.Information)
            .Enrich.WithProperty("Process", Environment.ProcessId);
        setup = file is null
            ? setup.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: LogEventLevel.Verbose)
            : setup.WriteTo.File(file, outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, fileSizeLimitBytes: MaxFileSize, rollOnFileSizeLimit: true, retainedFileCountLimit: FilesKept, shared: true);
        return new SerilogLoggerFactory(setup.CreateLogger(), dispose: true);
    }
}
