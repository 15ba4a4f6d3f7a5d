using System.Diagnostics;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Filters;

/// <summary>Each filter of arlad.conf(5), switched on in a real arlad's configuration and seen through a real mount.</summary>
public sealed class ShippedFilterTests
{
    private const int Small = 1000, Large = 3_000_000;

    [MountTheory]
    [InlineData("EIO")]
    [InlineData("ETIMEDOUT")]
    [InlineData("EBUSY")]
    [InlineData("EHOSTUNREACH")]
    [InlineData("EACCES")]
    public async Task A_fault_is_its_errno_at_the_mount_for_the_paths_that_it_names_alone(string errno)
    {
        await using TestMount mount = await StartAsync($"fault = 100%\nfault-path = bad*\nfault-errno = {errno}\nretry = 1");

        Assert.Equal(Enum.Parse<Errno>(errno), (await mount.TryReadFileAsync("bad")).Errno);
        Assert.Equal(Pattern.Bytes(Small), await mount.ReadFileAsync("small"));
    }

    [MountFact]
    public async Task Every_second_request_fails_and_a_retry_hides_it()
    {
        const string Faulty = "fault-every = 2\nfault-path = *a*\nsmall-file = 0\nretry-delay = 10ms\nmax-watches = 0";
        await using (TestMount without = await StartAsync($"{Faulty}\nretry = 1"))
        {
            Result<byte[]>[] read = [await without.TryReadFileAsync("bad"), await without.TryReadFileAsync("small"), await without.TryReadFileAsync("large")];
            Assert.Contains(read, one => one.Errno == Errno.EIO);
        }
        await using TestMount with = await StartAsync($"{Faulty}\nretry = 3");
        Assert.Equal(Pattern.Bytes(Small), await with.ReadFileAsync("bad"));
        Assert.Equal(Pattern.Bytes(Small), await with.ReadFileAsync("small"));
        Assert.Equal(Pattern.Bytes(Large), await with.ReadFileAsync("large"));
    }

    [MountFact]
    public async Task A_request_that_is_delayed_takes_so_long_and_a_cached_read_does_not()
    {
        await using TestMount mount = await StartAsync("delay = 400ms");
        await mount.ListAsync();
        (TimeSpan cold, TimeSpan warm) = (await TimeAsync(() => mount.ReadFileAsync("small")), await TimeAsync(() => mount.ReadFileAsync("small")));

        Assert.True(cold >= TimeSpan.FromMilliseconds(400), $"{cold}");
        Assert.True(warm < cold / 2, $"{warm} after {cold}");
    }

    [MountFact]
    public async Task An_origin_that_is_silent_beyond_its_deadline_is_ETIMEDOUT()
    {
        await using TestMount mount = await StartAsync("max-watches = 0");
        await mount.StatAsync("small");
        mount.Arlad.Configure($"[volume {TestMount.Volume}]\norigin = {mount.Origin}\ndelay = 20s\ndeadline = 300ms\nretry = 2\nretry-delay = 10ms\n");
        await mount.Arlad.RestartAsync();

        TimeSpan time = await TimeAsync(async () => Assert.Equal(Errno.ETIMEDOUT, (await mount.TryReadFileAsync("small")).Errno));
        Assert.InRange(time.TotalSeconds, 0.6, 19); // two tries, neither of which waits for the origin
    }

    [MountFact]
    public async Task No_more_bytes_a_second_come_from_the_origin_than_the_rate_says()
    {
        const int Rate = 1_000_000;
        await using TestMount mount = await StartAsync($"rate = {Rate}");
        (double Time, long Bytes)[] arrivals = await mount.GuardAsync(() => ReadInPieces(mount.At("large")));

        Assert.Equal(Large, arrivals[^1].Bytes);
        Assert.All(arrivals, arrival => Assert.True(arrival.Bytes <= Rate * (arrival.Time + 1), $"{arrival}")); // a second's worth may come at once
        Assert.Equal(Pattern.Bytes(Large), await mount.ReadFileAsync("large"));
        Assert.Equal(Large, await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total"));
    }

    [MountFact]
    public async Task No_more_requests_a_second_reach_the_origin_than_the_rate_of_requests_says()
    {
        await using TestMount mount = await StartAsync("rate-requests = 3\nsmall-file = 0");
        TimeSpan time = await TimeAsync(async () =>
        {
            for (int i = 0; i < 9; i++)
                Assert.Equal([(byte)i], await mount.ReadFileAsync($"many/{i}"));
        });
        double requests = await mount.Arlad.MetricAsync("nnpfs_origin_requests_total");

        Assert.True(requests >= 9, $"{requests}");
        Assert.True(time.TotalSeconds >= (9 - 3) / 3.0, $"{requests} requests in {time}"); // a second's worth may come at once
    }

    [MountFact]
    public async Task Reads_that_end_early_and_claim_to_be_whole_are_EIO_or_right_and_what_came_is_kept()
    {
        await using TestMount mount = await StartAsync("short = 70%\nmax-ahead = 0\nretry = 1");
        int failed = 0;
        Result<byte[]> read = default;
        await Patience.UntilAsync(
            async () =>
            {
                read = await mount.TryReadFileAsync("large");
                failed += read.IsOk ? 0 : 1;
                return read.Errno != Errno.EIO;
            },
            "it is read");

        Assert.Equal(Pattern.Bytes(Large), read.Value);
        Assert.True(failed > 0);
    }

    [MountFact]
    public async Task With_tries_enough_a_reader_does_not_notice_that_reads_end_early()
    {
        const string Short = "short = 20%\nmax-ahead = 0\nblock-size = 256K"; // pages of 4 KiB: many requests
        await using TestMount mount = await StartAsync($"{Short}\nretry = 20\nretry-delay = 1ms");
        Assert.Equal(Pattern.Bytes(Large), await mount.ReadFileAsync("large"));
        Assert.Equal(Pattern.Bytes(Small), await mount.ReadFileAsync("small"));
    }

    [MountFact]
    public async Task A_corrupt_origin_is_read_with_one_wrong_byte_in_each_piece_and_the_right_length()
    {
        await using TestMount mount = await StartAsync("corrupt = 100%");
        byte[] read = await mount.ReadFileAsync("small"), right = Pattern.Bytes(Small);

        Assert.Equal(right.Length, read.Length);
        int place = Assert.Single(Enumerable.Range(0, Small), i => read[i] != right[i]);
        Assert.Equal(right[place] ^ 0xFF, read[place]);
        Assert.NotEqual(Pattern.Bytes(Large), await mount.ReadFileAsync("large"));
    }

    private static Task<TestMount> StartAsync(string settings) => TestMount.StartAsync(new() { Fill = Fill, VolumeSettings = settings });

    private static void Fill(string origin)
    {
        File.WriteAllBytes($"{origin}/small", Pattern.Bytes(Small));
        File.WriteAllBytes($"{origin}/bad", Pattern.Bytes(Small));
        File.WriteAllBytes($"{origin}/large", Pattern.Bytes(Large));
        Directory.CreateDirectory($"{origin}/many");
        for (int i = 0; i < 9; i++)
            File.WriteAllBytes($"{origin}/many/{i}", [(byte)i]);
    }

    /// <returns>when how many bytes had come: seconds since the begin</returns>
    private static (double Time, long Bytes)[] ReadInPieces(string path)
    {
        using SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value;
        var arrivals = new List<(double, long)>();
        byte[] piece = new byte[50_000];
        long start = Stopwatch.GetTimestamp(), come = 0;
        while (Files.ReadAt(file, piece, come).Value is > 0 and var count)
            arrivals.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, come += count));
        return [.. arrivals];
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> action)
    {
        long start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start);
    }
}
