using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Mono.Unix.Native;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Apart;

/// <summary>S25: what the driver opens once it serves.</summary>
public sealed partial class DriverOpensTests
{
    // What the runtime opens of itself, besides its own and the program's libraries: what the kernel tells it of this process and machine.
    private static readonly string[] OfTheRuntime = ["/proc/", "/sys/", "/dev/urandom", "/etc/localtime", "/usr/share/zoneinfo", "/dev/shm/", "/usr/lib/", "/lib/", "/etc/ld.so", "/tmp/clr-debug-pipe-"];

    [Claim("S25")]
    [MountFact]
    public async Task A_driver_that_serves_opens_nothing_but_block_files_beneath_its_directory()
    {
        Assert.True(Facilities.Program("strace") is null, Facilities.Program("strace"));
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            VolumeSettings = "block-size = 256K",
            Fill = origin =>
            {
                File.WriteAllBytes($"{Directory.CreateDirectory($"{origin}/sub").FullName}/file", Pattern.Bytes(1_000_000));
                File.CreateSymbolicLink($"{origin}/passwd", "/etc/passwd");
            },
        });
        string trace = mount.Arlad.Scratch.Path("trace");
        using ChildProgram strace = ChildProgram.Start(
            "strace", "-f", "-qq", "-y", "-e", "trace=openat,openat2,open,creat,open_by_handle_at", "-o", trace, "-p", $"{mount.Driver.Id}");
        await Patience.UntilAsync(() => File.ReadAllText($"/proc/{mount.Driver.Id}/status").Contains($"TracerPid:\t{strace.Id}", StringComparison.Ordinal), "strace");

        Assert.Equal(Pattern.Bytes(1_000_000), await mount.ReadFileAsync("sub/file"));
        await mount.ListAsync("sub");
        await mount.ReadLinkAsync("passwd");
        await mount.InvalidateAsync(recursive: true);
        mount.DropKernelCache();
        await mount.ReadFileAsync("sub/file");
        strace.Signal(Signum.SIGINT); // it lets go of the driver, and ends
        await strace.WaitForExitAsync();

        string[] opens = [.. File.ReadLines(trace).Where(line => line.Contains("open", StringComparison.Ordinal) && !line.Contains("resumed", StringComparison.Ordinal))];
        string[] blocks = [.. opens.Where(line => BlockOpen().IsMatch(line) && line.Contains($"<{mount.Arlad.Cache}/", StringComparison.Ordinal))];
        Assert.NotEmpty(blocks);
        string program = Path.GetDirectoryName(new FileInfo($"/proc/{mount.Driver.Id}/exe").LinkTarget)!;
        string runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../.."));
        string[] ours = [.. OfTheRuntime, program, runtime];
        string[] others =
        [
            .. opens.Except(blocks).Where(line => !ours.Any(path => line.Contains($"\"{path}", StringComparison.Ordinal)))
                .Where(line => !line.Contains("/clr-debug-pipe-", StringComparison.Ordinal)), // the runtime's, for a debugger: in TMPDIR
        ];
        Assert.True(others.Length == 0, string.Join('\n', others));
    }

    // openat2(4</.../cache/volumes/test>, "ab/cd/...", {flags=..., resolve=RESOLVE_NO_XDEV|RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH}
    [GeneratedRegex("""openat2\(\d+<[^>]+>, "[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]+-[0-9a-f]+-(run|[0-9a-f]+)-[0-9a-f]+", \{flags=[^}]*RESOLVE_BENEATH""")]
    private static partial Regex BlockOpen();
}
