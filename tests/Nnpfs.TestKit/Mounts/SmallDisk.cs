using System.Diagnostics;

namespace Nnpfs.Fault.Tests.Cache;

/// <summary>A small ext4 of its own, in a file, mounted through a loop device.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nnpfs-disk-");

    public SmallDisk(int megabytes)
    {
        string image = Path.Combine(_directory.FullName, "image");
        using (FileStream file = File.Create(image))
            file.SetLength((long)megabytes << 20);
        Directory.CreateDirectory(MountPoint);
        Run("mkfs.ext4", "-q", "-m", "0", image);
        Run("mount", "-o", "loop", image, MountPoint);
    }

    public string MountPoint => Path.Combine(_directory.FullName, "mnt");

    public void Dispose()
    {
        Run("umount", MountPoint);
        _directory.Delete(recursive: true);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }
}
