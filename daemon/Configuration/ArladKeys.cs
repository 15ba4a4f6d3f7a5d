using System.Globalization;
using static Nnpfs.Daemon.Configuration.ValueKinds;

namespace Nnpfs.Daemon.Configuration;

/// <summary>The keys of [arlad]: a row each. arlad.conf.sample and arlad.conf(5) describe them, and a test compares.</summary>
internal static class ArladKeys
{
    /// <summary>The id that "*" stands for: everybody.</summary>
    internal const uint Everybody = uint.MaxValue;

    /// <remarks>Numbers, not names: the jail has no /etc/passwd.</remarks>
    internal static readonly ValueKind<IReadOnlyList<uint>> Ids = new("numeric ids with spaces or commas between them, or *", text =>
    {
        List<uint> ids = [];
        foreach (string word in text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == "*")
                ids.Add(Everybody);
            else if (uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != Everybody)
                ids.Add(id);
            else
                return default;
        }
        return new(true, ids);
    });

    private static readonly ValueKind<int> Id = new("a numeric id of at least 1, or -1 for none", text =>
        text == "-1" ? -1
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0 ? id : default(ValueKind<int>.Parsed));

    public static readonly IReadOnlyList<ConfigKey<ArladOptions>> All =
    [
        Key("cache", "/cache", AbsolutePath, (o, v) => o.Cache = v),
        Key("channel", "/dev/nnpfs0", AbsolutePath, (o, v) => o.ChannelSocket = v),
        Key("channel-mode", "0666", Mode, (o, v) => o.ChannelMode = v),
        Key("allow-users", "", Ids, (o, v) => o.Mounters.Users = v),
        Key("allow-groups", "", Ids, (o, v) => o.Mounters.Groups = v),
        Key("admin", "/run/admin.sock", AbsolutePath, (o, v) => o.AdminSocket = v),
        Key("admin-mode", "0666", Mode, (o, v) => o.AdminMode = v),
        Key("admin-users", "", Ids, (o, v) => o.Admins.Users = v),
        Key("admin-groups", "", Ids, (o, v) => o.Admins.Groups = v),
        Key("limit-bytes", "10G", SizeWhere("a size of at least 64M", s => s >= 64L << 20), (o, v) => o.LimitBytes = v),
        Key("limit-nodes", "2000000", SizeWhere("a number of at least 1000", s => s >= 1000), (o, v) => o.LimitNodes = v),
        Key("high-water", "95%", Share, (o, v) => o.HighWater = v),
        Key("low-water", "85%", Share, (o, v) => o.LowWater = v),
        Key("keep-free", "256M", Size, (o, v) => o.KeepFree = v),
        Key("grace", "10s", Duration, (o, v) => o.Grace = v),
        Key("invalidate-timeout", "30s", Duration, (o, v) => o.InvalidateTimeout = v),
        Key("max-waiting", "4096", Number(16, 65536), (o, v) => o.MaxWaiting = v),
        Key("max-mounts", "256", Number(1, 4096), (o, v) => o.MaxMounts = v),
        Key("log-level", "information", OneOf("trace", "debug", "information", "warning", "error"), (o, v) => o.LogLevel = v),
        Key("log-file", "", OptionalPath, (o, v) => o.LogFile = v),
        Key("metrics-port", "0", Number(0, 65535), (o, v) => o.MetricsPort = v),
        Key("uid", "-1", Id, (o, v) => o.Uid = v),
        Key("gid", "-1", Id, (o, v) => o.Gid = v),
    ];

    private static ConfigKey<ArladOptions> Key<T>(string name, string @default, ValueKind<T> kind, Action<ArladOptions, T> set) =>
        ConfigKey<ArladOptions>.Of(name, @default, kind, set);
}
