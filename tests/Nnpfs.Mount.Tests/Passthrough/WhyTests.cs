using System.Text;
using System.Text.Json;
using Nnpfs.Mount.Tests.Cache;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Passthrough;

/// <summary>Which way reads go, as it is told to people.</summary>
public sealed class WhyTests
{
    private static readonly byte[] Content = Pattern.Bytes(10 * 65536);

    [MountFact]
    public async Task The_attribute_tells_each_way_and_its_reason()
    {
        await using TestMount mount = await StartAsync();
        Assert.Equal("cached: not whole: 0 of 10 pages are known to be here; not open", await ModeAsync(mount, "file"));
        using (SafeFd file = Open(mount, "file"))
        {
            await mount.GuardAsync(() => Files.ReadAt(file, new byte[1], 0));
            Assert.Matches("^cached: not whole: [1-9] of 10 pages are known to be here; open 1 time$", await ModeAsync(mount, "file"));
            CacheUse.AssertSame(Content, await mount.ReadFileAsync("file"));
            await Patience.UntilAsync(async () => await ModeAsync(mount, "file")
                == "cached: open 1 time since before it was whole; it is passed through once these are closed", "the file to be whole");
        }
        await Patience.UntilAsync(async () => await ModeAsync(mount, "file") == "passthrough: whole, in one file; not open", "the release");
        using (Open(mount, "file"))
        using (Open(mount, "file"))
            Assert.Equal("passthrough: the kernel reads the cache's file by itself; open 2 times", await ModeAsync(mount, "file"));
        Assert.Equal("cached: it is empty; not open", await ModeAsync(mount, "empty"));
        await mount.ReadFileAsync("small");
        Assert.Equal("cached: it is small: below 64 KiB, opening would cost more than reading; not open", await ModeAsync(mount, "small"));
        Assert.Equal(Errno.ENODATA, (await mount.GuardAsync(() => Xattrs.Get(Encoding.UTF8.GetBytes(mount.Root), "user.nnpfs.mode"))).Errno);
    }

    [MountTheory]
    [InlineData("passthrough=off", "cached: nothing is passed through: the mount has the option passthrough=off; not open")]
    [InlineData("open=elide", "cached: nothing is passed through: the mount has the option open=elide; not open")]
    public async Task A_mount_without_it_says_why(string options, string expected)
    {
        await using TestMount mount = await StartAsync(options);
        await mount.ReadFileAsync("file");
        await Patience.UntilAsync(async () => await ModeAsync(mount, "file") == expected, expected); // RELEASE comes after close
        Assert.Single(mount.Driver.Output.Split('\n'), line => line.Contains("no file is passed through", StringComparison.Ordinal));
    }

    [MountFact]
    public async Task A_file_too_large_to_be_taken_back_as_one_says_so()
    {
        byte[] large = Pattern.Bytes(17 << 20);
        await using TestMount mount = await StartAsync(
            settings: "limit-bytes = 64M\nkeep-free = 0", fill: origin => File.WriteAllBytes($"{origin}/large", large));
        CacheUse.AssertSame(large, await mount.ReadFileAsync("large"));
        Assert.StartsWith("cached: whole, but in 5 files: it has more than a quarter", await ModeAsync(mount, "large"), StringComparison.Ordinal);
    }

    [MountFact]
    public async Task No_more_than_half_of_the_cache_is_lent_to_the_kernel_at_once()
    {
        byte[] content = Pattern.Bytes(15 << 20);
        await using TestMount mount = await StartAsync(settings: "limit-bytes = 64M\nkeep-free = 0",
            fill: origin => Array.ForEach(["a", "b", "c"], name => File.WriteAllBytes($"{origin}/{name}", content)));
        foreach (string name in (string[])["a", "b", "c"])
        {
            CacheUse.AssertSame(content, await mount.ReadFileAsync(name));
            await Patience.UntilAsync(async () => (await ModeAsync(mount, name)).StartsWith("passthrough", StringComparison.Ordinal), "the file to be whole");
        }
        using (Open(mount, "a"))
        using (Open(mount, "b"))
        {
            Assert.StartsWith("cached: as much is lent already as may be", await ModeAsync(mount, "c"), StringComparison.Ordinal);
            CacheUse.AssertSame(content, await mount.ReadFileAsync("c"));
        }
        await Patience.UntilAsync(async () => (await ModeAsync(mount, "c")).StartsWith("passthrough", StringComparison.Ordinal), "the room");
    }

    [MountFact]
    public async Task Nnpfsctl_why_says_it_as_text_and_as_JSON()
    {
        await using TestMount mount = await StartAsync();
        await mount.ReadFileAsync("file");
        Assert.StartsWith("passthrough: whole", await mount.Arlad.CommandAsync("why", mount.At("file")), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(await mount.Arlad.CommandAsync("why", "--json", mount.At("file")));
        Assert.Equal("passthrough", json.RootElement.GetProperty("mode").GetString());
        Assert.Equal("whole, in one file; not open", json.RootElement.GetProperty("reason").GetString());
        Assert.Equal(mount.At("file"), json.RootElement.GetProperty("path").GetString());

        (int status, string output) = await mount.Arlad.ControlAsync("why", "/etc/passwd");
        Assert.Equal(1, status);
        Assert.Contains("not a file on a mount of nnpfs", output, StringComparison.Ordinal);
    }

    private static SafeFd Open(TestMount mount, string name) => Files.Open(mount.At(name), OpenModes.ReadOnly).Value;

    private static async Task<string> ModeAsync(TestMount mount, string name) => (await mount.GetXattrAsync(name, "user.nnpfs.mode")).Value;

    private static Task<TestMount> StartAsync(string options = "", string settings = "", Action<string>? fill = null) => TestMount.StartAsync(new()
    {
        Fill = fill ?? (origin =>
        {
            File.WriteAllBytes($"{origin}/file", Content);
            File.WriteAllBytes($"{origin}/empty", []);
            File.WriteAllBytes($"{origin}/small", Content[..65535]);
        }),
        Options = options,
        Settings = settings,
        VolumeSettings = "max-ahead = 0",
    });
}
