using System.Globalization;
using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Daemon.Logging;
using Serilog;
using Serilog.Extensions.Logging;

namespace Nnpfs.Daemon;

/// <summary>Where log lines go: Microsoft's logging in front, Serilog behind.</summary>
internal sealed class LogSetup : IDisposable
{
    private const string Line = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}";

    public LogSetup(ArladOptions options)
    {
        Control.TrySetLevel(options.LogLevel);
        LoggerConfiguration setup = new LoggerConfiguration().MinimumLevel.ControlledBy(Control.Level).Enrich.FromLogContext()
            // Kestrel warns of HTTP/2 without TLS, which a local socket does not need
            .MinimumLevel.Override("Microsoft", Serilog.Events.LogEventLevel.Error);
        setup = options.LogFile.Length == 0
            ? setup.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture, standardErrorFromLevel: Serilog.Events.LogEventLevel.Verbose)
            : setup.WriteTo.File(options.LogFile, outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture);
        Factory = new SerilogLoggerFactory(setup.WriteTo.Sink(Control.Recent).CreateLogger(), dispose: true);
    }

    public LogControl Control { get; } = new();

    public ILoggerFactory Factory { get; }

    public void Dispose() => Factory.Dispose();
}
