using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace Nnpfs.Daemon.Logging;

/// <summary>Keeps the last lines of the log in memory, for a bug report: the log file may be rotated away, or outside the jail.</summary>
internal sealed class RecentLines : ILogEventSink
{
    private const int Capacity = 2000;
    private const int MaxLength = 2000; // characters of one line

    private readonly Lock _gate = new();

    // guarded by _gate
    private readonly Queue<string> _lines = new();

    public void Emit(LogEvent logEvent)
    {
        string line = Format(logEvent);
        lock (_gate)
        {
            if (_lines.Count == Capacity)
                _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }

    /// <summary>A copy, the oldest first.</summary>
    public IReadOnlyList<string> Snapshot()
    {
        lock (_gate)
            return [.. _lines];
    }

    private static string Format(LogEvent logEvent)
    {
        string text = logEvent.RenderMessage(CultureInfo.InvariantCulture);
        string line = $"{logEvent.Timestamp.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {logEvent.Level} {text}"
            + (logEvent.Exception is { } error ? $" | {error}" : "");
        return line.Length > MaxLength ? line[..MaxLength] : line;
    }
}
