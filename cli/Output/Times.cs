using System.Globalization;

namespace Nnpfs.Cli.Output;

/// <summary>Times for people: at most two units, the larger ones first.</summary>
internal static class Times
{
    /// <param name="milliseconds">a span</param>
    /// <returns>"350 ms", "1.2 s", "45 s", "3 min 20 s", "2 h 5 min", "4 d 1 h"</returns>
    public static string Of(ulong milliseconds)
    {
        var span = TimeSpan.FromMilliseconds(Math.Min(milliseconds, 1e14));
        return span switch
        {
            { TotalSeconds: < 1 } => $"{milliseconds} ms",
            { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
            { TotalMinutes: < 1 } => $"{span.Seconds} s",
            { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
            { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
            _ => $"{(long)span.TotalDays} d {span.Hours} h",
        };
    }

    /// <summary>A point in time, local: "2026-01-31 14:05:59".</summary>
    public static string At(long nanosecondsSinceEpoch) => DateTimeOffset.UnixEpoch.AddTicks(nanosecondsSinceEpoch / 100)
        .ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
