namespace Nnpfs.Bench;

/// <summary>A way in which the driver may be mounted.</summary>
/// <param name="Name">the column's head</param>
/// <param name="Options">for nnpfs mount -o</param>
internal sealed record Mode(string Name, string Options)
{
    /// <summary>What a user gets who asks for nothing.</summary>
    public const string Default = "default", Elide = "elide";

    public static IReadOnlyList<Mode> All { get; } =
    [
        new(Default, ""),
        new("/dev/fuse", "passthrough=off,io_uring=off"),
        new("io_uring", "passthrough=off,io_uring=on"),
        new(Elide, "open=elide"),
    ];
}
