using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Nnpfs.TestKit;

/// <summary>How much the fuzz and property tests try. By default a bounded run with fixed seeds, the same each time.</summary>
/// <remarks>NNPFS_FUZZ=N tries N times as much, with fresh seeds, which FsCheck prints with a failure: tests/fuzz sets it.</remarks>
public static class Fuzz
{
    private const ulong Seed = 20_261_121, Gamma = 0x9E3779B97F4A7C15; // any seed, any odd gamma

    private static readonly string? Asked = Environment.GetEnvironmentVariable("NNPFS_FUZZ");

    private static readonly int Factor = string.IsNullOrEmpty(Asked) ? 1 : int.Parse(Asked, CultureInfo.InvariantCulture);

    public static bool IsLong => !string.IsNullOrEmpty(Asked);

    /// <param name="usual">tries of a run in CI</param>
    public static int Times(int usual) => usual * Factor;

    /// <param name="usual">the seed in CI</param>
    public static int SeedOf(int usual) => IsLong ? Random.Shared.Next() : usual;

    /// <param name="usual">tries of a run in CI</param>
    public static Config Runs(int usual = 100)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(Times(usual));
        return IsLong ? config : config.WithReplay(Seed, Gamma);
    }
}
