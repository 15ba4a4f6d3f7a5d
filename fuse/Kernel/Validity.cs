namespace Nnpfs.Fuse.Kernel;

/// <summary>How long the kernel may rely on something: the seconds and nanoseconds of its structs.</summary>
internal static class Validity
{
    /// <summary>Whole seconds; nothing for a time that is past.</summary>
    public static ulong Seconds(TimeSpan valid) => valid <= TimeSpan.Zero ? 0 : (ulong)(valid.Ticks / TimeSpan.TicksPerSecond);

    /// <summary>What is left beyond the seconds.</summary>
    public static uint Nanoseconds(TimeSpan valid) =>
        valid <= TimeSpan.Zero ? 0 : (uint)(valid.Ticks % TimeSpan.TicksPerSecond) * 100;
}
