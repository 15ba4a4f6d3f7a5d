using System.Globalization;
using System.Text.Json;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Cache;

/// <summary>What an arlad's cache takes: as it lies on the disk, and as arlad says.</summary>
internal static class CacheUse
{
    /// <summary>The block files of all volumes.</summary>
    public static string[] BlockFiles(TestArlad arlad) =>
        Directory.GetFiles(Path.Combine(arlad.Cache, "volumes"), "*", SearchOption.AllDirectories);

    /// <summary>Bytes that the block files of all regular files take on the disk; directories have less than a megabyte.</summary>
    public static long BlockBytes(TestArlad arlad)
    {
        long bytes = 0;
        foreach (string file in BlockFiles(arlad))
        {
            (int status, string blocks) = ChildProgram.Run("stat", "-c", "%b %s", file);
            if (status != 0)
                continue; // reclaimed meanwhile
            string[] numbers = blocks.Split(' ');
            if (long.Parse(numbers[1], CultureInfo.InvariantCulture) > 64 << 10)
                bytes += long.Parse(numbers[0], CultureInfo.InvariantCulture) * 512;
        }
        return bytes;
    }

    public static async Task<(long Bytes, long Nodes)> StatsAsync(TestArlad arlad)
    {
        using JsonDocument stats = JsonDocument.Parse(await arlad.CommandAsync("stats", "--json"));
        return (stats.RootElement.GetProperty("cache_bytes").GetInt64(), stats.RootElement.GetProperty("nodes").GetInt64());
    }

    /// <summary>As Assert.Equal, without printing megabytes.</summary>
    public static void AssertSame(byte[] expected, byte[] actual)
    {
        int common = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(common == expected.Length && common == actual.Length, $"{actual.Length} bytes of {expected.Length}, other ones from {common} on");
    }
}
