using System.Globalization;

namespace Nnpfs.Driver.Mounting;

/// <summary>Reads the options of -o, as mount(8) writes them: joined by commas, some with a value.</summary>
internal static class OptionParser
{
    private const int MaxThreads = 256, MaxTimeout = 24 * 60 * 60;

    private static readonly string[] Levels = ["verbose", "debug", "information", "warning", "error"];

    /// <summary>Options that have no value, or need not have one, and mean nothing to us: mount(8), systemd and fstab understand them.</summary>
    private static readonly HashSet<string> Ignored =
    [
        "defaults", "auto", "noauto", "fail", "nofail", "user", "nouser", "users", "owner", "group", "_netdev", "ro", "suid", "nosuid", "dev", "nodev",
        "exec", "async", "sync", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "lazytime", "nolazytime",
        "silent", "loud", "intr", "default_permissions",
    ];

    /// <summary>Options that take effect, in the order of the manual.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "jail=DIR", "channel=PATH", "timeo=SECONDS", "threads=N", "io_uring=auto|on|off", "open=send|elide", "passthrough=auto|off", "allow_other", "noallow_other", "nonempty", "noexec", "log=FILE", "loglevel=LEVEL", "debug",
    ];

    /// <param name="start">volume and mount point</param>
    /// <param name="text">options joined by commas; later ones win</param>
    /// <param name="fromMount8">mount(8) called us: it adds rw unasked, so rw is no wish of the user's</param>
    /// <param name="options">what came out of it</param>
    /// <returns>null, or what is wrong</returns>
    public static Failure? Parse(MountOptions start, string text, bool fromMount8, out MountOptions options)
    {
        options = start;
        foreach (string item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            (string key, string? value) = equals < 0 ? (item, null) : (item[..equals], item[(equals + 1)..]);
            if (Apply(options, key, value, fromMount8, out options) is { } wrong)
                return new Failure(ExitStatus.Usage, wrong);
        }
        return null;
    }

    private static string? Apply(MountOptions old, string key, string? value, bool fromMount8, out MountOptions options)
    {
        options = old;
        if (IsIgnored(key) || key == "rw" && fromMount8)
            return null;
        switch (key)
        {
            case "rw": return "option rw: a volume can be read only; leave rw out";
            case "allow_other": options = old with { AllowOther = true }; break;
            case "noallow_other": options = old with { AllowOther = false }; break;
            case "nonempty": options = old with { NonEmpty = true }; break;
            case "noexec": options = old with { NoExec = true }; break;
            case "debug": options = old with { LogLevel = "debug" }; break;
            case "jail" or "channel" or "log": return ApplyPath(old, key, value, out options);
            case "timeo" or "threads": return ApplyNumber(old, key, value, out options);
            case "io_uring": return ApplyIoUring(old, value, out options);
            case "open" when value is "send" or "elide": options = old with { ElidesOpens = value == "elide" }; break;
            case "open": return $"option open={value}: it is send or elide";
            case "passthrough" when value is "auto" or "off": options = old with { Passthrough = value == "auto" }; break;
            case "passthrough": return $"option passthrough={value}: it is auto or off";
            case "loglevel" when Array.IndexOf(Levels, value) >= 0: options = old with { LogLevel = value! }; break;
            case "loglevel": return $"option loglevel={value}: it is one of {string.Join(", ", Levels)}";
            default: return $"unknown option '{key}'; the options are {string.Join(", ", Known)}";
        }
        return value is null || key is "loglevel" or "open" or "passthrough" ? null : $"option {key} takes no value";
    }

    private static string? ApplyPath(MountOptions old, string key, string? value, out MountOptions options)
    {
        options = old;
        if (string.IsNullOrEmpty(value))
            return $"option {key} needs a path: {key}=/...";
        string path = Path.GetFullPath(value);
        options = key switch
        {
            "jail" => old with { Jail = path },
            "channel" => old with { ChannelPath = path },
            _ => old with { LogFile = path },
        };
        return null;
    }

    private static string? ApplyNumber(MountOptions old, string key, string? value, out MountOptions options)
    {
        options = old;
        (int least, int most) = key == "threads" ? (1, MaxThreads) : (0, MaxTimeout);
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < least || number > most)
            return $"option {key}={value}: it is a whole number from {least} to {most}";
        options = key == "threads" ? old with { Threads = number } : old with { Timeout = TimeSpan.FromSeconds(number) };
        return null;
    }

    private static string? ApplyIoUring(MountOptions old, string? value, out MountOptions options)
    {
        bool known = value is "auto" or "on" or "off";
        options = known ? old with { IoUring = Enum.Parse<IoUringMode>(value!, ignoreCase: true) } : old;
        return known ? null : $"option io_uring={value}: it is auto, on or off";
    }

    /// <summary>x-* is for user space (systemd), comment= for people.</summary>
    private static bool IsIgnored(string key) =>
        Ignored.Contains(key) || key.StartsWith("x-", StringComparison.Ordinal) || key.StartsWith("X-", StringComparison.Ordinal) || key == "comment";
}
