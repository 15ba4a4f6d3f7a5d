using Mono.Unix.Native;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Devices;

/// <summary>Devices whose process is ended, and those that need none any more.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private readonly DeviceRig _rig = new();
    private readonly byte[] _image = Pattern.Bytes(6_000_000);
    private WebServer _web = null!;

    public async Task InitializeAsync()
    {
        _web = await Nginx.StartAsync(server: "if (-f {folder}/slow) { set $limit_rate 100k; }");
        _web.Write("image", _image);
    }

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        _web.Dispose();
    }

    [MountFact]
    [Claim("S53")]
    public async Task Reads_of_a_killed_process_wait_and_go_on_with_the_next_one()
    {
        string slow = Path.Combine(_web.Folder, "slow");
        File.WriteAllText(slow, "");
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        using ChildProgram reader = ChildProgram.Start("dd", $"if={device}", $"of={_rig.Scratch.Path("copy")}", "bs=1M", "iflag=direct");
        await Patience.UntilAsync(async () => await _rig.FetchedAsync(device) > 65536, "the read has begun");
        await server.KillAsync();
        Assert.Equal("waits", (await _rig.StatusAsync(device)).GetProperty("way").GetString());
        Assert.False(reader.HasExited, reader.Output);

        File.Delete(slow);
        (_, string again) = await _rig.ServeAsync(_web.Url + "image");
        Assert.Equal(device, again);
        Assert.Equal(0, await reader.WaitForExitAsync());
        Assert.Equal(_image, File.ReadAllBytes(_rig.Scratch.Path("copy"))[.._image.Length]);
    }

    [MountTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_that_is_killed_while_it_waits_keeps_nobody_from_the_device(bool goesOn)
    {
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        await server.KillAsync();
        using ChildProgram reader = ChildProgram.Start("dd", $"if={device}", "of=/dev/null", "bs=64k");
        await Patience.UntilAsync(() => File.ReadAllText($"/proc/{reader.Id}/wchan").Contains("folio", StringComparison.Ordinal), "its read waits");
        reader.Signal(Signum.SIGKILL); // it ends when its read is answered, and has the device's lock until then

        Assert.Equal("waits", (await _rig.StatusAsync(device)).GetProperty("way").GetString());
        if (goesOn)
            Assert.Equal(device, (await _rig.ServeAsync(_web.Url + "image")).Device);
        else
            await _rig.RunAsync("detach", device);

        await reader.WaitForExitAsync();
        Assert.Equal(goesOn, DeviceRig.IsAttached(device));
    }

    [MountFact]
    public async Task After_many_kills_no_bit_lies()
    {
        for (int i = 0; i < 3; i++)
        {
            (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image", "--exact");
            for (int offset = i * 65536; offset < _image.Length - 65536; offset += 5 * 65536)
                Assert.Equal(_image[offset..(offset + 65536)], await _rig.ReadAsync(device, offset, 65536));
            await server.KillAsync();
        }
        (_, string last) = await _rig.ServeAsync(_web.Url + "image");
        await _rig.RunAsync("verify", last);
    }

    [MountFact]
    public async Task A_device_of_a_killed_process_can_be_detached()
    {
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        await server.KillAsync();
        await _rig.RunAsync("detach", device);
        Assert.False(DeviceRig.IsAttached(device));
        Assert.False(Directory.Exists(DeviceRig.StateOf(device)));
    }

    [MountFact]
    [Claim("S52")]
    public async Task A_device_of_a_killed_process_is_never_given_another_cache()
    {
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        await server.KillAsync();
        (int status, string output) = await ChildProgram.RunAsync("uloop", "discard", "-c", _rig.Cache);
        Assert.NotEqual(0, status);
        Assert.Contains($"is that of {device}", output, StringComparison.Ordinal);

        File.Delete(_rig.Cache);
        File.Delete(_rig.Cache + ".bitmap");
        File.Delete(_rig.Cache + ".origin");
        Assert.Contains($"{device} shows another cache", await _rig.RefuseAsync(_web.Url + "image"), StringComparison.Ordinal);
        await _rig.RunAsync("detach", device);
    }

    [MountFact]
    public async Task SIGTERM_detaches_when_nobody_uses_the_device_any_more()
    {
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        using (ChildProgram user = ChildProgram.Start("sh", "-c", $"exec 3<{device}; echo open; exec sleep 60"))
        {
            await Patience.UntilAsync(() => user.Output.Contains("open", StringComparison.Ordinal), "the device is open");
            server.Signal(Signum.SIGTERM);
            await Patience.UntilAsync(() => server.Output.Contains("is still used", StringComparison.Ordinal), "it says who uses it");
            Assert.Contains($"process {user.Id}", server.Output, StringComparison.Ordinal);
            Assert.Equal(_image[..65536], await _rig.ReadAsync(device, 0, 65536));
        }
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.False(DeviceRig.IsAttached(device));
        Assert.False(Directory.Exists(DeviceRig.StateOf(device)));
    }

    [MountFact]
    [Claim("S54")]
    public async Task A_whole_image_is_read_by_the_kernel_alone()
    {
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        await _rig.RunAsync("prefetch", device);
        await Patience.UntilAsync(async () => (await _rig.StatusAsync(device)).GetProperty("way").GetString() == "cache", "the device has the cache file");
        Assert.StartsWith(_rig.Cache, File.ReadAllText($"/sys/block/{Path.GetFileName(device)}/loop/backing_file"), StringComparison.Ordinal);
        await _rig.RunAsync("verify", device);
        await server.KillAsync();
        Assert.Equal(_image, (await _rig.ReadAsync(device, 0, 7_168_000))![.._image.Length]);

        (_, string again) = await _rig.ServeAsync(_web.Url + "image");
        Assert.Equal(device, again);
        await _rig.RunAsync("detach", device);
        Assert.False(DeviceRig.IsAttached(device));
    }

    [MountFact]
    public async Task What_another_program_detaches_leaves_nothing()
    {
        (ChildProgram server, string device) = await _rig.ServeAsync(_web.Url + "image");
        Assert.Equal(_image[..65536], await _rig.ReadAsync(device, 0, 65536));
        (int status, string output) = await ChildProgram.RunAsync("losetup", "-d", device);
        Assert.True(status == 0, output);
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.False(Directory.Exists(DeviceRig.StateOf(device)));
    }
}
