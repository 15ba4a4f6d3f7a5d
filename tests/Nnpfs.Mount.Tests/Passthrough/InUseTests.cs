using Nnpfs.Mount.Tests.Cache;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Passthrough;

/// <summary>Files of the cache that a kernel reads by itself.</summary>
public sealed class InUseTests
{
    private static readonly byte[] Large = Pattern.Bytes(9_000_000), Small = Pattern.Bytes(100_000, seed: 2);

    [Claim("S22")]
    [Claim("S28")]
    [MountTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Neither_reclaim_nor_flush_nor_a_lower_limit_takes_them_until_they_are_closed(bool arladRestarts)
    {
        await using TestMount mount = await StartAsync();
        using (SafeFd large = await LendAsync(mount, "large"), small = await LendAsync(mount, "small"))
        {
            string[] lent = CacheUse.BlockFiles(mount.Arlad);
            if (arladRestarts)
                await mount.Arlad.RestartAsync();
            await mount.Arlad.CommandAsync("flush", "--volume", TestMount.Volume);
            await mount.Arlad.CommandAsync("limits", "--bytes", "64M");
            await mount.Arlad.CommandAsync("reclaim");
            Assert.Equal(2, CacheUse.BlockFiles(mount.Arlad).Intersect(lent).Count(file => new FileInfo(file).Length >= Small.Length));
            mount.DropKernelCache();
            await AssertReadsAsync(mount, large, Large);
            await AssertReadsAsync(mount, small, Small);
        }
        await Patience.UntilAsync(async () => (await mount.CountersAsync()).BackingIds == 0, "the files to be given back");
        await ReclaimAllAsync(mount);
        CacheUse.AssertSame(Large, await mount.ReadFileAsync("large"));
    }

    [Claim("S19")]
    [Claim("S28")]
    [MountFact]
    public async Task When_the_driver_is_killed_its_readers_read_on_and_nothing_is_in_use_once_they_have_closed()
    {
        await using TestMount mount = await StartAsync();
        using (SafeFd large = await LendAsync(mount, "large"))
        {
            await mount.KillDriverAsync();
            await mount.Arlad.CommandAsync("reclaim");
            mount.DropKernelCache();
            await AssertReadsAsync(mount, large, Large);
        }
        await ReclaimAllAsync(mount);
        await mount.MountAsync();
        CacheUse.AssertSame(Large, await mount.ReadFileAsync("large"));
    }

    [Claim("S11")]
    [Claim("S28")]
    [MountFact]
    public async Task A_mapping_outlives_its_descriptor_the_reclaim_of_its_file_and_the_next_version()
    {
        await using TestMount mount = await StartAsync();
        await LendAsync(mount, "large").ContinueWith(lent => lent.Result.Dispose(), TaskScheduler.Default);
        // Python's own mmap keeps a copy of the descriptor.
        const string Program = """
            import ctypes, hashlib, os, sys
            libc = ctypes.CDLL(None)
            libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
            fd = os.open(sys.argv[1], os.O_RDONLY)
            size = os.fstat(fd).st_size
            view = libc.mmap(None, size, 1, 1, fd, 0)
            os.close(fd)
            print("mapped", flush=True)
            sys.stdin.readline()
            print(hashlib.sha256(ctypes.string_at(view, size)).hexdigest())
            """;
        using ChildProgram mapper = ChildProgram.Start("sh", "-c", $"while [ ! -e {mount.Arlad.Scratch.Path("go")} ]; do sleep 0.05; done | python3 -c '{Program}' {mount.At("large")}");
        await Patience.UntilAsync(() => mapper.Output.Contains("mapped", StringComparison.Ordinal), "the mapping");
        await Patience.UntilAsync(async () => (await mount.CountersAsync()).BackingIds == 0, "the release");

        await ReclaimAllAsync(mount);
        await File.WriteAllBytesAsync($"{mount.Origin}/large", Small);
        await mount.InvalidateAsync("large");
        CacheUse.AssertSame(Small, await mount.ReadFileAsync("large"));
        await File.WriteAllTextAsync(mount.Arlad.Scratch.Path("go"), "");
        Assert.Equal(0, await mapper.WaitForExitAsync());
        Assert.Contains(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Large)), mapper.Output, StringComparison.Ordinal);
    }

    private static Task<TestMount> StartAsync() => TestMount.StartAsync(new()
    {
        Fill = origin =>
        {
            File.WriteAllBytes($"{origin}/large", Large);
            File.WriteAllBytes($"{origin}/small", Small);
        },
        Settings = "keep-free = 0",
    });

    /// <summary>The kernel lets go of a backing file a moment after its last close.</summary>
    private static Task ReclaimAllAsync(TestMount mount) => Patience.UntilAsync(
        async () =>
        {
            await mount.Arlad.CommandAsync("reclaim");
            return !CacheUse.BlockFiles(mount.Arlad).Any(file => new FileInfo(file).Length >= Small.Length);
        },
        "the files to be reclaimed");

    private static async Task<SafeFd> LendAsync(TestMount mount, string name)
    {
        await mount.ReadFileAsync(name);
        await Patience.UntilAsync(async () => (await mount.GetXattrAsync(name, "user.nnpfs.mode")).Value.StartsWith("passthrough", StringComparison.Ordinal), "the file to be whole");
        SafeFd file = Files.Open(mount.At(name), OpenModes.ReadOnly).Value;
        Assert.Contains("by itself", (await mount.GetXattrAsync(name, "user.nnpfs.mode")).Value, StringComparison.Ordinal);
        return file;
    }

    private static async Task AssertReadsAsync(TestMount mount, SafeFd file, byte[] content)
    {
        var bytes = new byte[content.Length];
        Assert.Equal(bytes.Length, (await mount.GuardAsync(() => Files.ReadAt(file, bytes, 0))).Value);
        CacheUse.AssertSame(content, bytes);
    }
}
