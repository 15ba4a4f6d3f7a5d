using System.Globalization;
using System.Text.Json;
using Nnpfs.Posix;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Devices;

/// <summary>Block devices of uloop, attached by the programs as a user has them; whatever a test leaves is taken away.</summary>
internal sealed class DeviceRig : IAsyncDisposable
{
    private readonly List<string> _devices = [];
    private readonly List<ChildProgram> _programs = [];

    public Scratch Scratch { get; } = new();

    public string Cache => Scratch.Path("cache");

    public string MountPoint => Scratch.Directory("mnt");

    /// <summary>Attaches in the background.</summary>
    /// <param name="url">of the image</param>
    /// <param name="options">besides the cache</param>
    /// <returns>the device</returns>
    public async Task<string> AttachAsync(string url, params string[] options)
    {
        (int status, string output) = await ChildProgram.RunAsync(
            "uloop", ["ulohttp", "-c", Cache, "--log", Scratch.Path("log"), .. options, "auto", url]);
        Assert.True(status == 0, $"{output}\n{Log()}");
        return Keep(output);
    }

    /// <summary>A device that a program has printed: it is detached in the end.</summary>
    public string Keep(string output)
    {
        _devices.Add(output.Trim());
        return _devices[^1];
    }

    /// <summary>Attaches in the foreground, and waits until it serves.</summary>
    public async Task<(ChildProgram Server, string Device)> ServeAsync(string url, params string[] options)
    {
        ChildProgram server = ChildProgram.Start("uloop", ["ulohttp", "-f", "-c", Cache, .. options, "auto", url]);
        _programs.Add(server);
        await Patience.UntilAsync(() => server.HasExited || server.Output.Contains(" shows ", StringComparison.Ordinal), "the device is attached");
        Assert.False(server.HasExited, server.Output);
        int at = server.Output.IndexOf("/dev/loop", StringComparison.Ordinal);
        string device = server.Output[at..server.Output.IndexOf(' ', at)];
        _devices.Add(device);
        return (server, device);
    }

    /// <summary>Attaches, which must fail.</summary>
    /// <returns>what it says</returns>
    public async Task<string> RefuseAsync(string url, params string[] options)
    {
        (int status, string output) = await ChildProgram.RunAsync(
            "uloop", ["ulohttp", "-c", Cache, "--log", Scratch.Path("log"), .. options, "auto", url]);
        if (status == 0)
            Keep(output);
        Assert.NotEqual(0, status);
        return output;
    }

    /// <summary>A command of uloop, which must succeed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        (int status, string output) = await ChildProgram.RunAsync("uloop", arguments);
        Assert.True(status == 0, $"uloop {string.Join(' ', arguments)}: {status}\n{output}\n{Log()}");
        return output;
    }

    public async Task<JsonElement> StatusAsync(string device) =>
        JsonDocument.Parse(await RunAsync("status", "--json", device)).RootElement[0];

    /// <summary>Bytes that came from the origin.</summary>
    public async Task<long> FetchedAsync(string device) => (await StatusAsync(device)).GetProperty("filling").GetProperty("fetched").GetInt64();

    /// <summary>Reads past the page cache, in a process of its own: a read that waits holds up nobody else.</summary>
    /// <returns>the bytes; null: the read failed</returns>
    public async Task<byte[]?> ReadAsync(string device, long offset, int length)
    {
        string file = Scratch.Path("read");
        (int status, string output) = await ChildProgram.RunAsync("dd", $"if={device}", $"of={file}", "iflag=direct,skip_bytes,count_bytes", "bs=64k",
            string.Create(CultureInfo.InvariantCulture, $"skip={offset}"), string.Create(CultureInfo.InvariantCulture, $"count={length}"));
        Assert.True(status == 0 || output.Contains("Input/output error", StringComparison.Ordinal), output);
        return status == 0 ? await File.ReadAllBytesAsync(file) : null;
    }

    public static int NumberOf(string device) => LoopDevice.NumberOf(device)!.Value;

    public static bool IsAttached(string device) => Directory.Exists($"/sys/block/{Path.GetFileName(device)}/loop");

    public static string StateOf(string device) => $"/run/uloop/{Path.GetFileName(device)}";

    public string Log() => File.Exists(Scratch.Path("log")) ? File.ReadAllText(Scratch.Path("log")) : "";

    public async ValueTask DisposeAsync()
    {
        await ChildProgram.RunAsync("umount", "-l", MountPoint);
        foreach (string device in _devices.Distinct().Where(device => Directory.Exists(StateOf(device))))
            await ChildProgram.RunAsync("uloop", "detach", "--lazy", device);
        _programs.ForEach(program => program.Dispose());
        // What a test has killed: a process that is gone cannot detach.
        foreach (string device in _devices.Distinct().Where(device => Directory.Exists(StateOf(device))))
            await ChildProgram.RunAsync("uloop", "detach", "--lazy", device);
        Scratch.Dispose();
    }
}
