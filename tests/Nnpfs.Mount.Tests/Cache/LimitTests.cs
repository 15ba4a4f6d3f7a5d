using System.Globalization;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Cache;

/// <summary>The cache's limits while a mount reads more than they allow.</summary>
public sealed class LimitTests
{
    private const int FileSize = 16 << 20;
    private const long Limit = 64L << 20;

    [MountFact]
    [Claim("S22")]
    public async Task Used_bytes_stay_below_the_limit_while_three_times_as_much_is_read_and_pins_stay()
    {
        byte[] content = Pattern.Bytes(FileSize);
        await using TestMount mount = await StartAsync(12, content);
        await mount.ReadFileAsync("00");
        await mount.Arlad.CommandAsync("pin", $"{TestMount.Volume}:/00");

        long most = await ReadAllAsync(mount, 12, content);
        Assert.InRange(most, Limit / 2, Limit);

        await mount.Arlad.CommandAsync("limits", "--bytes", "32M");
        await Patience.UntilAsync(async () => (await CacheUse.StatsAsync(mount.Arlad)).Bytes <= Limit / 2, "the new limit to be kept");
        most = await ReadAllAsync(mount, 4, content);
        Assert.InRange(most, FileSize, Limit / 2);

        await mount.Arlad.KillAsync();
        mount.DropKernelCache();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("00"));
    }

    [MountFact]
    [Claim("S22")]
    public async Task What_is_read_again_and_again_survives_the_reclaim_of_what_was_read_once()
    {
        byte[] content = Pattern.Bytes(FileSize);
        await using TestMount mount = await StartAsync(6, content);
        await mount.ReadFileAsync("00"); // hot
        await mount.ReadFileAsync("01"); // cold, and the younger of the two
        await mount.ReadFileAsync("02");
        await Task.Delay(TimeSpan.FromSeconds(7)); // the driver tells every 5 s what was read
        mount.DropKernelCache();
        await mount.ReadFileAsync("00");
        await Task.Delay(TimeSpan.FromSeconds(7));

        await mount.ReadFileAsync("03");
        await mount.ReadFileAsync("04");
        await mount.Arlad.KillAsync();
        mount.DropKernelCache();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("00"));
        Assert.NotEqual("100", await CachedShareAsync(mount, "01"));
    }

    [MountFact]
    [Claim("S22")]
    public async Task Nodes_beyond_the_limit_are_forgotten_although_a_mount_has_walked_over_them_and_the_tree_stays_whole()
    {
        const int Directories = 40, FilesEach = 80, MaxNodes = 1000;
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin => MakeTree(origin, Directories, FilesEach),
            Settings = $"limit-nodes = {MaxNodes}",
        });
        using SafeFd inUse = OpenOnMount(mount, "d00/f00");
        Assert.Equal(Directories * FilesEach, await WalkAsync(mount));
        await Patience.UntilAsync(async () => (await CacheUse.StatsAsync(mount.Arlad)).Nodes <= MaxNodes, "the nodes to be forgotten");

        Assert.Equal(5, LengthOf(inUse)); // an open file does not notice
        Assert.Equal(Directories * FilesEach, await WalkAsync(mount));
        CacheUse.AssertSame("hello"u8.ToArray(), await mount.ReadFileAsync("d39/f79"));
        await Patience.UntilAsync(async () => (await CacheUse.StatsAsync(mount.Arlad)).Nodes <= MaxNodes, "the nodes to be forgotten again");

        await mount.Arlad.CommandAsync("limits", "--nodes", "500");
        await Patience.UntilAsync(async () => (await CacheUse.StatsAsync(mount.Arlad)).Nodes <= 500, "the new limit to be kept");
    }

    private static Task<TestMount> StartAsync(int files, byte[] content) => TestMount.StartAsync(new()
    {
        Fill = origin => Enumerable.Range(0, files).ToList().ForEach(file => File.WriteAllBytes($"{origin}/{file:00}", content)),
        Settings = "limit-bytes = 64M\nkeep-free = 0",
    });

    /// <returns>the most bytes that arlad said it used meanwhile</returns>
    private static async Task<long> ReadAllAsync(TestMount mount, int files, byte[] content)
    {
        using var done = new CancellationTokenSource();
        Task<long> watch = WatchAsync(mount.Arlad, done.Token);
        for (int file = 0; file < files; file++)
            CacheUse.AssertSame(content, await mount.ReadFileAsync(file.ToString("00", CultureInfo.InvariantCulture)));
        await done.CancelAsync();
        return await watch;
    }

    private static async Task<long> WatchAsync(TestArlad arlad, CancellationToken done)
    {
        long most = 0;
        do
        {
            most = Math.Max(most, (await CacheUse.StatsAsync(arlad)).Bytes);
        }
        while (!done.IsCancellationRequested);
        return most;
    }

    private static async Task<string> CachedShareAsync(TestMount mount, string name)
    {
        string cached = (await mount.GetXattrAsync(name, "user.nnpfs.cached")).Value; // "BYTES SHARE%"
        return cached.Split(' ')[1].TrimEnd('%');
    }

    private static void MakeTree(string origin, int directories, int files)
    {
        for (int directory = 0; directory < directories; directory++)
        {
            string path = Directory.CreateDirectory($"{origin}/d{directory:00}").FullName;
            for (int file = 0; file < files; file++)
                File.WriteAllText($"{path}/f{file:00}", "hello");
        }
    }

    private static Task<int> WalkAsync(TestMount mount) => mount.GuardAsync(
        () => ChildProgram.Run("find", mount.Root, "-type", "f", "-size", "-2k").Output.Split('\n').Length);

    private static SafeFd OpenOnMount(TestMount mount, string name) => Files.Open(mount.At(name), OpenModes.ReadOnly).Value;

    private static int LengthOf(SafeFd file) => Files.ReadAt(file, new byte[100], 0).Value;
}
