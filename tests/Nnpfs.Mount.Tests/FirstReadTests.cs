using System.Security.Cryptography;
using Nnpfs.Posix;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests;

/// <summary>The whole path, thin: a directory origin, a real mount, a file.</summary>
public sealed class FirstReadTests
{
    [MountFact]
    public async Task A_file_read_through_a_mount_has_the_bytes_of_the_origin()
    {
        byte[] content = RandomNumberGenerator.GetBytes(200_000);
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllBytes($"{origin}/notes.bin", content) });

        Assert.Equal(content, await mount.ReadFileAsync("notes.bin"));
        Assert.Equal(["notes.bin"], (await mount.ListAsync()).Value);
        Assert.Equal(content.Length, (await mount.StatAsync("notes.bin")).Value.st_size);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync("absent")).Errno);
    }

    [MountFact]
    public async Task What_was_read_is_read_again_with_arlad_gone()
    {
        byte[] content = RandomNumberGenerator.GetBytes(200_000);
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllBytes($"{origin}/notes.bin", content) });
        await mount.ReadFileAsync("notes.bin");

        await mount.Arlad.KillAsync();
        mount.DropKernelCache();

        Assert.Equal(content, await mount.ReadFileAsync("notes.bin"));
    }
}
