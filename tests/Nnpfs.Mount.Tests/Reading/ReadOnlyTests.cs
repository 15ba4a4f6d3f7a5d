using Mono.Unix.Native;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>S10: a row for each call that would change something.</summary>
public sealed class ReadOnlyTests
{
    private const FilePermissions Mode = FilePermissions.S_IRUSR | FilePermissions.S_IWUSR;

    private static readonly (string Name, Func<string, int> Call)[] Changes =
    [
        ("open for writing", root => Open(root + "/file", OpenFlags.O_WRONLY)),
        ("open for both", root => Open(root + "/file", OpenFlags.O_RDWR)),
        ("open for appending", root => Open(root + "/file", OpenFlags.O_WRONLY | OpenFlags.O_APPEND)),
        ("open and truncate", root => Open(root + "/file", OpenFlags.O_WRONLY | OpenFlags.O_TRUNC)),
        ("create", root => Open(root + "/new", OpenFlags.O_WRONLY | OpenFlags.O_CREAT)),
        ("create for reading", root => Open(root + "/new", OpenFlags.O_RDONLY | OpenFlags.O_CREAT)),
        ("truncate", root => Syscall.truncate(root + "/file", 0)),
        ("mkdir", root => Syscall.mkdir(root + "/new", Mode)),
        ("rmdir", root => Syscall.rmdir(root + "/dir")),
        ("unlink", root => Syscall.unlink(root + "/file")),
        ("unlink a link", root => Syscall.unlink(root + "/link")),
        ("rename", root => Stdlib.rename(root + "/file", root + "/new")),
        ("rename over another", root => Stdlib.rename(root + "/file", root + "/other")),
        ("link", root => Syscall.link(root + "/file", root + "/new")),
        ("symlink", root => Syscall.symlink("file", root + "/new")),
        ("mknod", root => Syscall.mknod(root + "/new", FilePermissions.S_IFREG | Mode, 0)),
        ("mkfifo", root => Syscall.mknod(root + "/new", FilePermissions.S_IFIFO | Mode, 0)),
        ("chmod", root => Syscall.chmod(root + "/file", Mode)),
        ("chown", root => Syscall.chown(root + "/file", 1, 1)),
        ("lchown", root => Syscall.lchown(root + "/link", 1, 1)),
        ("utime", root => Syscall.utimes(root + "/file", new Timeval[2])),
        ("setxattr", root => Syscall.setxattr(root + "/file", "user.x", [1])),
        ("removexattr", root => Syscall.removexattr(root + "/file", "user.x")),
        ("access for writing", root => Syscall.access(root + "/file", AccessModes.W_OK)),
    ];

    [Claim("S10")]
    [MountFact]
    public async Task Every_changing_call_is_a_read_only_file_system()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = Fill });

        foreach ((string name, Func<string, int> call) in Changes)
        {
            Errno errno = await mount.TryAsync(() => call(mount.Root));
            Assert.True(errno == Errno.EROFS, $"{name}: {errno}");
        }
        Assert.Equal(["dir", "file", "link", "other"], (await mount.ListAsync()).Value);
        Assert.Equal("file"u8.ToArray(), await mount.ReadFileAsync("file"));
    }

    [Claim("S10")]
    [MountFact]
    public async Task A_mount_cannot_be_made_writable()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = Fill });

        // The kernel may let root change the flag; the driver's answer is the same.
        ChildProgram.Run("mount", "-i", "-o", "remount,rw", mount.Root);

        foreach ((string name, Func<string, int> call) in Changes.SkipLast(1)) // access(2) asks the kernel alone
        {
            Errno errno = await mount.TryAsync(() => call(mount.Root));
            Assert.True(errno == Errno.EROFS, $"{name}: {errno}");
        }
    }

    private static void Fill(string origin)
    {
        File.WriteAllText($"{origin}/file", "file");
        File.WriteAllText($"{origin}/other", "other");
        File.CreateSymbolicLink($"{origin}/link", "file");
        Directory.CreateDirectory($"{origin}/dir");
    }

    private static int Open(string path, OpenFlags flags)
    {
        int file = Syscall.open(path, flags, Mode);
        if (file >= 0)
            _ = Syscall.close(file);
        return file;
    }
}
