using Mono.Unix.Native;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Session;

/// <summary>The driver over <see cref="MemoryTree"/> in a child process, mounted; every access is a program of the system in another.</summary>
internal sealed class MemoryMount : IAsyncDisposable
{
    private readonly Scratch _scratch = new();

    private MemoryMount(string options)
    {
        Root = _scratch.Directory("mnt");
        string self = typeof(MemoryMount).Assembly.Location;
        Driver = ChildProgram.Start("dotnet", self, "memory", Root, $"{TestMount.ModeOptions},{options}");
    }

    public string Root { get; }

    public ChildProgram Driver { get; }

    public static async Task<MemoryMount> StartAsync(string options = "")
    {
        MemoryMount? mount = null;
        await IoUringSwitch.ForAsync(
            $"{TestMount.ModeOptions},{options}",
            async () =>
            {
                mount = new MemoryMount(options);
                await Patience.UntilAsync(() => mount.Driver.HasExited || MountTable.IsMounted(mount.Root), "the mount");
            },
            () => mount!.ShellAsync("stat -f ."));
        Assert.False(mount!.Driver.HasExited, mount.Driver.Output);
        return mount;
    }

    /// <summary>Runs a shell command in the mount; one that is late ends with the status 124, or aborts the mount.</summary>
    public async Task<(int Status, string Output)> ShellAsync(string command)
    {
        var running = ChildProgram.RunAsync("timeout", "-s", "KILL", "20", "sh", "-c", $"cd '{Root}' && {command}");
        if (await Task.WhenAny(running, Task.Delay(Patience.Limit)) != running)
            MountTable.Abort(Root);
        return await running;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!Driver.HasExited)
            {
                Driver.Signal(Signum.SIGTERM);
                await Driver.WaitForExitAsync();
            }
        }
        finally
        {
            MountTable.Remove(Root); // also what a driver that was killed has left
        }
        Driver.Dispose();
        _scratch.Dispose();
    }
}
