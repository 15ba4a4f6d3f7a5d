using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Boosting;

/// <summary>A cached volume, and scripts that run on a mount of it: root's without passthrough, or an ordinary user's.</summary>
/// <remarks>Each script has a mount of its own in a mount namespace of its own, so that an ordinary user may use /dev/fuse there.</remarks>
internal sealed class BoostRig : IAsyncDisposable
{
    public const int Nobody = 65534;

    private static readonly string Compiled = Path.Combine(AppContext.BaseDirectory, "boosting");

    private BoostRig(TestArlad arlad) => Arlad = arlad;

    public TestArlad Arlad { get; }

    public string Origin => Arlad.Scratch.Path("origin");

    public string MountPoint => Arlad.Scratch.Path("mnt");

    /// <summary>For what scripts make: their working directory, which anybody may write to.</summary>
    public string Work => Arlad.Scratch.Path("work");

    public static string Launcher => Checkout.At("booster/nnpfs-boost");

    public static string Library => Checkout.At("out/booster/libnnpfs-booster.so");

    /// <param name="fill">puts more files into the origin than large, again (with the same bytes) and small</param>
    public static async Task<BoostRig> StartAsync(Action<string>? fill = null)
    {
        var scratch = new Scratch();
        string origin = scratch.Directory("origin");
        byte[] large = Pattern.Bytes(9_000_001); // three blocks: a run
        File.WriteAllBytes($"{origin}/large", large);
        File.WriteAllBytes($"{origin}/again", large);
        File.WriteAllBytes($"{origin}/small", Pattern.Bytes(300_000));
        fill?.Invoke(origin);
        ChildProgram.Run("chmod", "755", scratch.Root);
        ChildProgram.Run("chmod", "777", scratch.Directory("work"), scratch.Directory("mnt"));
        TestArlad arlad = await TestArlad.StartAsync(
            $"[volume {TestMount.Volume}]\norigin = {origin}\nallow-users = {Nobody}\n", "keep-free = 0", scratch);
        var rig = new BoostRig(arlad);
        await arlad.CommandAsync("prefetch", $"{TestMount.Volume}:/");
        return rig;
    }

    /// <summary>More files of the origin's, with the bytes of large: nothing of them is cached.</summary>
    public async Task AddLateAsync(params string[] names)
    {
        foreach (string name in names)
            File.Copy($"{Origin}/large", $"{Origin}/{name}");
        await Arlad.CommandAsync("invalidate", "-r", $"{TestMount.Volume}:/");
    }

    /// <summary>A program of this folder's, compiled once.</summary>
    /// <param name="name">of the C file</param>
    /// <param name="flags">further ones of the compiler, and files</param>
    public static string Compile(string name, params string[] flags)
    {
        Directory.CreateDirectory(Compiled);
        string program = Path.Combine(
            Compiled, $"{name}{string.Concat(flags.Where(flag => flag[0] == '-')).GetHashCode(StringComparison.Ordinal):x}");
        (int status, string output) = ChildProgram.Run(
            "cc", ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, Checkout.At($"tests/Nnpfs.Mount.Tests/Boosting/{name}.c"), .. flags]);
        Assert.True(status == 0, output);
        return program;
    }

    /// <summary>The booster, compiled with other flags.</summary>
    public static string Build(params string[] flags)
    {
        string library = Path.Combine(Compiled, $"lib{string.Concat(flags).GetHashCode(StringComparison.Ordinal):x}.so");
        (int status, string output) = ChildProgram.Run(Checkout.At("booster/build"), ["-o", library, .. flags]);
        Assert.True(status == 0 && File.Exists(library), output);
        return library;
    }

    /// <summary>Runs a script of sh on a mount of its own.</summary>
    /// <param name="privileged">root's, or an ordinary user's, who runs the script as well</param>
    /// <param name="script">with $M, the mount point, $O, the origin, $boost, the launcher, and $nnpfs</param>
    /// <returns>what it printed; it must end with 0</returns>
    public async Task<string> RunAsync(bool privileged, string script)
    {
        string file = Arlad.Scratch.Path("script");
        File.WriteAllText(file, $"set -eu\ncd {Work}\nM={MountPoint} O={Origin} boost={Launcher} nnpfs={ChildProgram.Locate("nnpfs")}\n{script}\n");
        string mine = privileged ? "" : $"setpriv --reuid={Nobody} --regid={Nobody} --clear-groups";
        string options = $"channel={Arlad.Channel},io_uring=off,log={Work}/nnpfs.log" + (privileged ? ",passthrough=off" : "");
        string around = $"""
            set -e
            mount -t tmpfs none /dev
            mknod -m 666 /dev/fuse c 10 229
            for node in "null 3" "zero 5" "urandom 9"; do mknod -m 666 /dev/$(echo $node | cut -d" " -f1) c 1 $(echo $node | cut -d" " -f2); done
            ln -s /proc/self/fd /dev/fd
            rm -f {Work}/nnpfs.log
            {(privileged ? "" : $"chown {Nobody}:{Nobody} {MountPoint}")}
            {mine} {ChildProgram.Locate("nnpfs")} mount {TestMount.Volume} {MountPoint} -o {options}
            trap 'umount -l {MountPoint} 2>/dev/null || true' EXIT
            {mine} timeout 50 sh {file} 2>&1
            """;
        (int status, string output) = await ChildProgram.RunAsync("unshare", "-m", "sh", "-c", around);
        string log = File.Exists($"{Work}/nnpfs.log") ? File.ReadAllText($"{Work}/nnpfs.log") : "";
        Assert.True(status == 0, $"status {status}\n{output}\nnnpfs:\n{log}\narlad:\n{Arlad.Program.Output}");
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        MountTable.Remove(MountPoint);
        using Scratch scratch = Arlad.Scratch;
        await Arlad.DisposeAsync();
    }
}
