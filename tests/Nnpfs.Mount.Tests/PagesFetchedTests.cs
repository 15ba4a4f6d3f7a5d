using System.Text.Json;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests;

/// <summary>Bytes that come from the origin, counted by arlad.</summary>
public sealed class PagesFetchedTests
{
    private const int Size = 5_000_000;

    [MountFact]
    [Claim("S6")]
    public async Task Whoever_reads_what_on_however_many_mounts_no_page_is_fetched_twice()
    {
        byte[] content = Pattern.Bytes(Size);
        await using TestMount one = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllBytes($"{origin}/f", content) });
        await using TestMount two = await TestMount.StartAsync(one.Arlad, name: "two");
        Task<bool>[] readers = [.. Enumerable.Range(1, 8).Select(seed => ReadAsync(seed % 2 == 0 ? one : two, content, seed))];
        Assert.DoesNotContain(false, await Task.WhenAll(readers));
        Assert.Equal(content, await one.ReadFileAsync("f"));
        Assert.Equal(content, await two.ReadFileAsync("f"));

        using JsonDocument stats = JsonDocument.Parse(await one.Arlad.CommandAsync("stats", "--json"));
        Assert.Equal(Size, stats.RootElement.GetProperty("origin_bytes").GetInt64());
    }

    private static Task<bool> ReadAsync(TestMount mount, byte[] content, int seed) => mount.GuardAsync(() =>
    {
        using SafeFd file = Files.Open(mount.At("f"), OpenModes.ReadOnly).Value;
        var random = new Random(seed);
        var buffer = new byte[300_000];
        bool same = true;
        for (int i = 0; i < 40; i++)
        {
            int offset = random.Next(Size), length = random.Next(1, buffer.Length);
            int count = Files.ReadAt(file, buffer.AsSpan(0, length), offset).Value;
            same &= buffer.AsSpan(0, count).SequenceEqual(content.AsSpan(offset, Math.Min(length, Size - offset)));
        }
        return same;
    });
}
