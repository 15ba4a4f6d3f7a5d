using Serilog.Core;
using Serilog.Events;

namespace Nnpfs.Daemon.Logging;

/// <summary>What can be changed about the log while arlad runs, and its last lines.</summary>
/// <remarks>Made first of all: the logger is configured with <see cref="Level"/> and <see cref="Recent"/>.</remarks>
internal sealed class LogControl
{
    private static readonly Dictionary<string, LogEventLevel> _levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = LogEventLevel.Verbose,
        ["debug"] = LogEventLevel.Debug,
        ["information"] = LogEventLevel.Information,
        ["warning"] = LogEventLevel.Warning,
        ["error"] = LogEventLevel.Error,
    };

    private volatile bool _wireTrace;

    public LoggingLevelSwitch Level { get; } = new(LogEventLevel.Information);

    public RecentLines Recent { get; } = new();

    /// <summary>Every message of the channel is logged, whatever the level. Read on each message.</summary>
    public bool WireTrace
    {
        get => _wireTrace;
        set => _wireTrace = value;
    }

    public static IReadOnlyCollection<string> LevelNames => _levels.Keys;

    public string LevelName => _levels.First(pair => pair.Value == Level.MinimumLevel).Key;

    /// <returns>false for a name that is not among <see cref="LevelNames"/>; nothing is changed then</returns>
    public bool TrySetLevel(string name)
    {
        if (!_levels.TryGetValue(name, out LogEventLevel level))
            return false;
        Level.MinimumLevel = level;
        return true;
    }
}
