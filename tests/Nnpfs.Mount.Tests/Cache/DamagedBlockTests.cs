using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Cache;

/// <summary>Block files that somebody or something spoiled, seen from a mount.</summary>
public sealed class DamagedBlockTests
{
    private const int Size = 17 << 20; // five blocks

    [MountTheory]
    [Claim("S20")]
    [InlineData("", 1)] // in a run
    [InlineData("limit-bytes = 64M", 5)] // too large for one
    public async Task Bytes_that_changed_on_the_cache_disk_while_arlad_was_down_are_found_and_fetched_again(string settings, int files)
    {
        byte[] content = Pattern.Bytes(Size);
        await using TestMount mount = await StartAsync(content, settings);
        await mount.ReadFileAsync("file");
        await mount.Arlad.StopAsync();
        await mount.UnmountAsync();
        foreach (string block in BlocksOfFile(mount))
        {
            for (long at = 1000; at < new FileInfo(block).Length; at += 4 << 20)
                Flip(block, at);
        }

        await mount.Arlad.RestartAsync();
        await mount.MountAsync();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        Assert.Contains("is damaged, pages do not have the bytes that were fetched", mount.Arlad.Program.Output, StringComparison.Ordinal);
        Assert.Equal(files, BlocksOfFile(mount).Length);
    }

    [MountTheory]
    [Claim("S20")]
    [Claim("S26")]
    [InlineData("truncated")]
    [InlineData("deleted")]
    [InlineData("a symlink")]
    [InlineData("a directory")]
    [InlineData("a pipe")]
    [InlineData("unreadable")]
    public async Task A_block_file_that_was_spoiled_by_hand_while_arlad_runs_never_gives_wrong_bytes(string how)
    {
        byte[] content = Pattern.Bytes(Size);
        await using TestMount mount = await StartAsync(content);
        await mount.ReadFileAsync("file");
        await mount.UnmountAsync(); // the next driver opens the files anew
        foreach (string block in BlocksOfFile(mount))
            Spoil(block, how);

        await mount.MountAsync();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
    }

    [MountFact]
    [Claim("S20")]
    public async Task Block_files_that_vanish_under_a_driver_that_knows_them_are_fetched_again()
    {
        byte[] content = Pattern.Bytes(Size);
        await using TestMount mount = await StartAsync(content);
        await mount.ReadFileAsync("file");
        foreach (string block in CacheUse.BlockFiles(mount.Arlad)) // the directory's, too
            Spoil(block, "truncated");

        mount.DropKernelCache();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        Assert.Equal(["file"], (await mount.ListAsync()).Value);
    }

    private static Task<TestMount> StartAsync(byte[] content, string settings = "") => TestMount.StartAsync(new()
    {
        Fill = origin => File.WriteAllBytes($"{origin}/file", content),
        VolumeSettings = "checksums = yes",
        Settings = settings,
    });

    private static string[] BlocksOfFile(TestMount mount) =>
        [.. CacheUse.BlockFiles(mount.Arlad).Where(block => new FileInfo(block).Length > 64 << 10)];

    private static void Flip(string file, long at)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.Seek(at, SeekOrigin.Begin);
        stream.Write([0xFF, 0, 0xFF, 0]);
    }

    private static void Spoil(string file, string how)
    {
        switch (how)
        {
            case "truncated":
                using (FileStream stream = File.OpenWrite(file))
                    stream.SetLength(stream.Length / 2);
                return;
            case "unreadable":
                File.SetUnixFileMode(file, UnixFileMode.None);
                return;
        }
        File.Delete(file);
        if (how == "a symlink")
            File.CreateSymbolicLink(file, "/etc/passwd");
        else if (how == "a directory")
            Directory.CreateDirectory(file);
        else if (how == "a pipe")
            Assert.Equal(0, ChildProgram.Run("mkfifo", file).Status);
    }
}
