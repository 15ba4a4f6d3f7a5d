using Mono.Unix.Native;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>Directories: the kernel opens them by itself, and keeps their listings for as long as they may be relied on.</summary>
public sealed class ListingTests
{
    private const int Count = 1000;

    private static readonly string Long = new('x', 200); // so that a listing takes many calls

    [Claim("S15")]
    [Claim("S31")]
    [MountTheory]
    [InlineData(false)]
    [InlineData(true)] // the older reader began in the kernel's copy
    public async Task A_walk_begun_after_an_invalidation_has_nothing_of_the_old_listing_and_an_older_one_goes_on_in_it(bool isListed)
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = Fill });
        string[] before = NamesOf(mount);
        if (isListed)
            Assert.Equal(before, (await mount.ListAsync("sub")).Value);
        using var old = new Reader(mount);
        await old.ReadAsync(1);
        File.Move($"{mount.Origin}/sub/{before[^1]}", $"{mount.Origin}/sub/zz-new");
        await mount.InvalidateAsync("sub");
        string[] after = NamesOf(mount);

        using var young = new Reader(mount);
        await young.ReadAsync(1);
        await old.ReadAsync(int.MaxValue);
        await young.ReadAsync(int.MaxValue);

        Assert.Equal(before, old.Names);
        Assert.Equal(after, young.Names);
        Assert.Equal(after, (await mount.ListAsync("sub")).Value);
    }

    [Claim("S14")]
    [MountFact]
    public async Task A_directory_that_a_process_stands_in_and_the_root_are_listed_anew_when_their_time_is_over()
    {
        await using var server = new FaultServer();
        server.Files["sub/one"] = new([1], "\"1\"");
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = server.Url, VolumeSettings = "refresh = 1s" });
        int standing = await mount.GuardAsync(() => Syscall.open(mount.At("sub"), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY));
        string inside = $"/proc/self/fd/{standing}/.";
        try
        {
            Assert.Equal(["one"], await mount.GuardAsync(() => Names(inside)));
            Assert.Equal(["sub"], (await mount.ListAsync()).Value);
            server.Files["sub/two"] = new([2], "\"2\"");
            server.Files["three"] = new([3], "\"3\"");
            await Task.Delay(1200);

            Assert.Equal(["one", "two"], await mount.GuardAsync(() => Names(inside)));
            Assert.Equal(["sub", "three"], (await mount.ListAsync()).Value.Order(StringComparer.Ordinal));
        }
        finally
        {
            _ = Syscall.close(standing);
        }
    }

    private static string[] Names(string path) =>
        [.. Directory.GetFileSystemEntries(path).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    private static string[] NamesOf(TestMount mount) => Names($"{mount.Origin}/sub");

    private static void Fill(string origin)
    {
        Directory.CreateDirectory($"{origin}/sub");
        for (int i = 0; i < Count; i++)
            File.WriteAllText($"{origin}/sub/{i:d4}-{Long}", "");
    }

    /// <summary>Reads a directory when it is told to, some calls at a time.</summary>
    private sealed class Reader(TestMount mount) : IDisposable
    {
        private IntPtr _directory;

        public List<string> Names { get; } = [];

        /// <param name="names">at least, or until the end</param>
        public Task<int> ReadAsync(int names) => mount.GuardAsync(() =>
        {
            if (_directory == IntPtr.Zero)
                _directory = Syscall.opendir(mount.At("sub"));
            Assert.NotEqual(IntPtr.Zero, _directory);
            while (names > 0 && Syscall.readdir(_directory) is { } entry)
            {
                if (entry.d_name is "." or "..")
                    continue;
                Names.Add(entry.d_name);
                names--;
            }
            return Names.Count;
        });

        public void Dispose() => _ = Syscall.closedir(_directory);
    }
}
