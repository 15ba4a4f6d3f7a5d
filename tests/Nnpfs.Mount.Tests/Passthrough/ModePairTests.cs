using System.Security.Cryptography;
using Nnpfs.Mount.Tests.Cache;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Passthrough;

/// <summary>Every way in which a file may be held open, every way in which it may be opened then, and everything that may come in between.</summary>
/// <remarks>A conflict would be EIO at the open; a backing file of another version, other bytes.</remarks>
public sealed class ModePairTests
{
    private const int Size = 700_000; // three blocks
    private static readonly byte[] First = Pattern.Bytes(Size), Second = Pattern.Bytes(Size + 1000)[1000..];
    private static readonly OpenModes Direct = (OpenModes)0x4000; // O_DIRECT of x86-64

    private static readonly string[] Held = ["none", "cached", "passthrough", "direct"];
    private static readonly string[] Between =
        ["nothing", "it becomes whole", "flush", "reclaim", "invalidate", "invalidate all", "change", "change and change back", "arlad is killed", "arlad is away"];

    private static readonly string[] Asked = ["read", "map", "direct"];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach ((string held, string between) in Held.SelectMany(held => Between.Select(between => (held, between))))
                pairs.Add(held, between);
            return pairs;
        }
    }

    [MountTheory]
    [Claim("S11")]
    [Claim("S12")]
    [Claim("S28")]
    [MemberData(nameof(Pairs))]
    public async Task Whatever_is_held_and_happens_an_open_succeeds_and_gives_its_versions_bytes(string held, string between)
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin => File.WriteAllBytes($"{origin}/file", First),
            VolumeSettings = "block-size = 256K",
        });
        using SafeFd? direct = held == "direct" ? await HoldAsync(mount, held) : null;
        List<SafeFd> files = held is "cached" or "passthrough" ? [await HoldAsync(mount, held)] : [];
        try
        {
            await RunAsync(mount, between, files);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
        direct?.Dispose();
        await Patience.UntilAsync(async () => (await mount.CountersAsync()).BackingIds == 0, "the last backing file to be given back");
    }

    private static async Task RunAsync(TestMount mount, string between, List<SafeFd> files)
    {
        bool isChanged = await InterveneAsync(mount, between);
        byte[] current = isChanged ? Second : First;
        foreach (string asked in (string[])[.. Asked, .. Asked])
            await OpenAsync(mount, asked, current, files);
        foreach (SafeFd file in files)
            await AssertHoldsAsync(mount, file, First);
        if (between == "arlad is away")
            await mount.Arlad.RestartAsync();
        CacheUse.AssertSame(current, await mount.ReadFileAsync("file"));
    }

    private static async Task<SafeFd> HoldAsync(TestMount mount, string held)
    {
        if (held is "passthrough" or "direct")
        {
            CacheUse.AssertSame(First, await mount.ReadFileAsync("file"));
            await Patience.UntilAsync(async () => (await mount.GetXattrAsync("file", "user.nnpfs.mode")).Value.StartsWith("passthrough", StringComparison.Ordinal), "the file to be whole");
        }
        SafeFd file = Files.Open(mount.At("file"), held == "direct" ? Direct : OpenModes.ReadOnly).Value;
        if (held == "cached") // the rest comes through it as well: it is whole, and open cached
            await AssertHoldsAsync(mount, file, First);
        Assert.StartsWith(held == "cached" ? "cached" : "passthrough", (await mount.GetXattrAsync("file", "user.nnpfs.mode")).Value, StringComparison.Ordinal);
        return file;
    }

    /// <returns>the file has other content now</returns>
    private static async Task<bool> InterveneAsync(TestMount mount, string between)
    {
        switch (between)
        {
            case "it becomes whole": await mount.Arlad.CommandAsync("prefetch", $"{TestMount.Volume}:/file"); break;
            case "flush": await mount.Arlad.CommandAsync("flush", $"{TestMount.Volume}:/file"); break;
            case "reclaim": await mount.Arlad.CommandAsync("reclaim"); break;
            case "invalidate": await mount.InvalidateAsync("file"); break;
            case "invalidate all": await mount.InvalidateAsync(recursive: true); break;
            case "change":
                await ChangeAsync(mount, Second);
                return true;
            case "change and change back":
                await ChangeAsync(mount, Second);
                CacheUse.AssertSame(Second, await mount.ReadFileAsync("file"));
                await ChangeAsync(mount, First);
                break;
            case "arlad is killed":
                await mount.Arlad.KillAsync();
                await mount.Arlad.RestartAsync();
                break;
            case "arlad is away":
                CacheUse.AssertSame(First, await mount.ReadFileAsync("file"));
                await mount.Arlad.KillAsync();
                break;
        }
        return false;
    }

    private static async Task ChangeAsync(TestMount mount, byte[] content)
    {
        await File.WriteAllBytesAsync($"{mount.Origin}/file.new", content);
        File.Move($"{mount.Origin}/file.new", $"{mount.Origin}/file", overwrite: true);
        await mount.InvalidateAsync(recursive: true);
    }

    /// <summary>An open to read is held as well: the next one meets it.</summary>
    private static async Task OpenAsync(TestMount mount, string asked, byte[] content, List<SafeFd> files)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        if (asked == "map")
            Assert.Equal(digest, await Python.RunAsync(mount, Python.Mapped, "file"));
        if (asked == "direct")
            Assert.Equal(digest, await DirectAsync(mount));
        if (asked != "read")
            return;
        Result<SafeFd> opened = await mount.GuardAsync(() => Files.Open(mount.At("file"), OpenModes.ReadOnly));
        Assert.True(opened.IsOk, $"{asked}: {opened.Errno}\n{mount.Driver.Output}");
        await AssertHoldsAsync(mount, opened.Value, content);
        if (content == First)
            files.Add(opened.Value);
        else
            opened.Value.Dispose();
    }

    private static async Task<string> DirectAsync(TestMount mount)
    {
        (int status, string output) = await mount.GuardAsync(
            () => ChildProgram.Run("sh", "-c", $"dd if='{mount.At("file")}' iflag=direct bs=64K status=none | sha256sum"));
        Assert.True(status == 0, output);
        return output.Split(' ')[0];
    }

    private static async Task AssertHoldsAsync(TestMount mount, SafeFd file, byte[] content)
    {
        var bytes = new byte[content.Length + 1];
        Result<int> read = await mount.GuardAsync(() => Files.ReadAt(file, bytes, 0));
        Assert.True(read.IsOk, $"{read.Errno}\n{mount.Driver.Output}\n{mount.Arlad.Program.Output}");
        CacheUse.AssertSame(content, bytes[..read.Value]);
    }
}
