using Nnpfs.Proto;
using static Nnpfs.Daemon.Configuration.ValueKinds;

namespace Nnpfs.Daemon.Configuration;

/// <summary>
/// The keys of [volume NAME] that every origin shares: a row each. arlad.conf.sample and arlad.conf(5) describe them, and a test
/// compares.
/// </summary>
/// <remarks>The options of one type of origin stand in OriginTable.</remarks>
internal static class VolumeKeys
{
    public static readonly IReadOnlyList<ConfigKey<VolumeOptions>> All =
    [
        Key("origin", "", Text, (o, v) => o.Origin = v),
        Key("refresh", "60s", Duration, (o, v) => o.Refresh = v),
        Key("refresh-absent", "5s", Duration, (o, v) => o.RefreshAbsent = v),
        Key("immutable", "no", Switch, (o, v) => o.Immutable = v),
        Key("block-size", "4M", SizeWhere("a power of two from 256K to 64M", Geometry.IsValid), (o, v) => o.BlockSize = (int)v),
        Key("checksums", "auto", OneOf("auto", "yes", "no"), (o, v) => o.Checksums = v == "auto" ? null : v == "yes"),
        Key("small-file", "64K", Size, (o, v) => o.SmallFile = v),
        Key("allow-users", "", ArladKeys.Ids, (o, v) => (o.Mounters ??= new()).Users = v),
        Key("allow-groups", "", ArladKeys.Ids, (o, v) => (o.Mounters ??= new()).Groups = v),
        Key("max-ahead", "64M", Size, (o, v) => o.MaxAhead = v),

        Key("retry", "4", Number(1, 100), (o, v) => o.Retry = v),
        Key("retry-delay", "200ms", Duration, (o, v) => o.RetryDelay = v),
        Key("retry-time", "60s", Duration, (o, v) => o.RetryTime = v),
        Key("deadline", "0s", Duration, (o, v) => o.Deadline = v),
        Key("rate", "0", Size, (o, v) => o.Rate = v),
        Key("rate-requests", "0", Number(0, 1_000_000), (o, v) => o.RateRequests = v),
        Key("delay", "0ms", Duration, (o, v) => o.Delay = v),
        Key("fault", "0%", Share, (o, v) => o.Fault = v),
        Key("fault-every", "0", Number(0, int.MaxValue), (o, v) => o.FaultEvery = v),
        Key("fault-path", "*", Text, (o, v) => o.FaultPath = v),
        Key("fault-errno", "EIO", OneOf("EIO", "ETIMEDOUT", "EBUSY", "EHOSTUNREACH", "ENOENT", "EACCES", "ESTALE"), (o, v) => o.FaultErrno = v),
        Key("short", "0%", Share, (o, v) => o.Short = v),
        Key("corrupt", "0%", Share, (o, v) => o.Corrupt = v),
        Key("filter-seed", "1", Number(0, int.MaxValue), (o, v) => o.FilterSeed = v),
    ];

    private static ConfigKey<VolumeOptions> Key<T>(string name, string @default, ValueKind<T> kind, Action<VolumeOptions, T> set) =>
        ConfigKey<VolumeOptions>.Of(name, @default, kind, set);
}
