using System.Text.Json;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Devices;

/// <summary>Devices of images that a real nginx serves: what they show, what they fetch, and what is left of them.</summary>
public sealed class AttachTests : IAsyncLifetime
{
    private readonly DeviceRig _rig = new();
    private WebServer _web = null!;

    public async Task InitializeAsync() => _web = await Nginx.StartAsync(server: "if (-f {folder}/away) { return 503; }");

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        _web.Dispose();
    }

    [MountTheory]
    [InlineData("mkfs.ext4 -q -d {tree} {image} 24M")]
    [InlineData("mksquashfs {tree} {image} -no-progress -quiet")]
    [Claim("S50")]
    public async Task What_is_mounted_from_a_device_is_what_the_image_holds(string make)
    {
        string tree = _rig.Scratch.Directory("tree"), image = Path.Combine(_web.Content, "disk image.img");
        for (int i = 0; i < 40; i++)
            File.WriteAllBytes($"{Directory.CreateDirectory($"{tree}/{i % 5}").FullName}/{i}", Pattern.Bytes(i * i * 997, i));
        (int status, string output) = await ChildProgram.RunAsync(
            "sh", "-c", make.Replace("{tree}", tree, StringComparison.Ordinal).Replace("{image}", $"'{image}'", StringComparison.Ordinal));
        Assert.True(status == 0, output);

        string device = await _rig.AttachAsync(_web.Url + "disk%20image.img");
        (status, output) = await ChildProgram.RunAsync("mount", "-o", "ro", device, _rig.MountPoint);
        Assert.True(status == 0, output);
        (status, output) = await ChildProgram.RunAsync("diff", "-r", "--exclude=lost+found", tree, _rig.MountPoint);
        Assert.True(status == 0, output);

        (status, output) = await ChildProgram.RunAsync("uloop", "detach", device);
        Assert.NotEqual(0, status);
        Assert.Contains($"mounted at {_rig.MountPoint}", output, StringComparison.Ordinal);
        await ChildProgram.RunAsync("umount", _rig.MountPoint);
        int holder = HolderOf(device);
        await _rig.RunAsync("detach", device);
        Assert.False(DeviceRig.IsAttached(device));
        Assert.False(Directory.Exists(DeviceRig.StateOf(device)));
        await Patience.UntilAsync(() => !IsRunning(holder), "nobody keeps the connection");
    }

    [MountFact]
    public async Task What_was_filled_is_never_fetched_again()
    {
        byte[] image = Write(3_000_123);
        string device = await _rig.AttachAsync(_web.Url + "image");
        Assert.Equal(image[..1_024_000], await _rig.ReadAsync(device, 0, 1_024_000));
        await _rig.RunAsync("detach", device);
        long before = RangesServed();

        device = await _rig.AttachAsync(_web.Url + "image");
        Assert.Equal(image[..1_024_000], await _rig.ReadAsync(device, 0, 1_024_000));
        Assert.Equal(0, await _rig.FetchedAsync(device));
        byte[]? all = await _rig.ReadAsync(device, 0, 4_096_000);
        Assert.Equal(3_000_320, all?.Length); // whole sectors
        Assert.Equal(image, all![..image.Length]);
        Assert.All(all[image.Length..], zero => Assert.Equal(0, zero));
        Assert.True(RangesServed() > before);
    }

    [MountTheory]
    [InlineData(false, 65536)]
    [InlineData(true, 4096)]
    [Claim("S51")]
    public async Task A_random_read_of_a_page_fetches_little(bool exact, long most)
    {
        byte[] image = Write(20_000_000);
        string device = await _rig.AttachAsync(_web.Url + "image", exact ? ["--exact"] : []);
        long before = await _rig.FetchedAsync(device); // somebody may look at each new device
        Assert.Equal(image[12_288_000..12_292_096], await _rig.ReadAsync(device, 12_288_000, 4096));
        long fetched = await _rig.FetchedAsync(device) - before;
        Assert.InRange(fetched, 4096, most);
    }

    [MountFact]
    [Claim("S52")]
    public async Task A_changed_origin_answers_EIO_and_is_never_mixed_with_what_is_cached()
    {
        byte[] old = Write(8_000_000), young = Pattern.Bytes(8_000_000, seed: 7);
        string device = await _rig.AttachAsync(_web.Url + "image", "--exact");
        Assert.Equal(old[..65536], await _rig.ReadAsync(device, 0, 65536));
        _web.Write("image", young, DateTime.UtcNow.AddMinutes(-30));

        Assert.Null(await _rig.ReadAsync(device, 4_096_000, 4096));
        Assert.Equal(old[..65536], await _rig.ReadAsync(device, 0, 65536));
        Assert.True((await _rig.StatusAsync(device)).GetProperty("filling").GetProperty("origin_changed").GetBoolean());
        Assert.Contains("has another state", _rig.Log(), StringComparison.Ordinal);
        await _rig.RunAsync("detach", device);

        Assert.Contains("uloop discard -c", await _rig.RefuseAsync(_web.Url + "image"), StringComparison.Ordinal);
        await _rig.RunAsync("discard", "-c", _rig.Cache);
        device = await _rig.AttachAsync(_web.Url + "image");
        Assert.Equal(young, (await _rig.ReadAsync(device, 0, 8_192_000))![..8_000_000]);
    }

    [MountFact]
    public async Task A_read_waits_for_a_server_that_is_away()
    {
        byte[] image = Write(2_000_000);
        string device = await _rig.AttachAsync(_web.Url + "image");
        File.WriteAllText(Path.Combine(_web.Folder, "away"), "");
        Task<byte[]?> read = _rig.ReadAsync(device, 1_024_000, 65536);
        await _web.HasLoggedAsync(" 503 ");
        Assert.False(read.IsCompleted);
        File.Delete(Path.Combine(_web.Folder, "away"));
        Assert.Equal(image[1_024_000..1_089_536], await read);
    }

    [MountFact]
    public async Task A_block_device_and_a_file_are_read_once_as_well()
    {
        byte[] image = Write(5_000_192);
        string file = Path.Combine(_web.Content, "image");
        string behind = await _rig.AttachAsync(_web.Url + "image");
        foreach (string backing in (string[])[behind, file])
        {
            (int status, string output) = await ChildProgram.RunAsync(
                "uloop", "ulobdev", "-c", _rig.Scratch.Path("second"), "--log", _rig.Scratch.Path("log"), "auto", backing);
            Assert.True(status == 0, output);
            string device = _rig.Keep(output);
            Assert.Equal(image, await _rig.ReadAsync(device, 0, 5_000_192));
            Assert.Equal(image.Length, await _rig.FetchedAsync(device));
            await _rig.RunAsync("detach", device);
            await _rig.RunAsync("discard", "-c", _rig.Scratch.Path("second"));
        }
    }

    [MountFact]
    public async Task A_cache_that_is_used_is_refused_to_a_second_process()
    {
        Write(100_000);
        string device = await _rig.AttachAsync(_web.Url + "image");
        Assert.Contains("is used by another process", await _rig.RefuseAsync(_web.Url + "image"), StringComparison.Ordinal);
        (int status, string output) = await ChildProgram.RunAsync("uloop", "discard", "-c", _rig.Cache);
        Assert.NotEqual(0, status);
        Assert.Contains($"is that of {device}", output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task A_server_without_ranges_is_refused()
    {
        using WebServer web = await Nginx.StartAsync(server: "max_ranges 0;");
        web.Write("image", Pattern.Bytes(100_000));
        Assert.Contains("sends no ranges", await _rig.RefuseAsync(web.Url + "image"), StringComparison.Ordinal);
        Assert.False(File.Exists(_rig.Cache));
        Assert.Contains("is not there", await _rig.RefuseAsync(web.Url + "missing"), StringComparison.Ordinal);
    }

    private byte[] Write(int length)
    {
        byte[] bytes = Pattern.Bytes(length);
        _web.Write("image", bytes);
        return bytes;
    }

    private long RangesServed() => _web.AccessLog.Split('\n').Count(line => line.Contains(" 206 ", StringComparison.Ordinal));

    private static int HolderOf(string device) =>
        JsonDocument.Parse(File.ReadAllText($"{DeviceRig.StateOf(device)}/state.json")).RootElement.GetProperty("holder").GetProperty("pid").GetInt32();

    private static bool IsRunning(int process) =>
        File.Exists($"/proc/{process}/stat") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
}
