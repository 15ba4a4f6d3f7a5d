using System.CommandLine;
using Nnpfs.Driver.Mounting;

namespace Nnpfs.Driver.Commands;

/// <summary>The command line of nnpfs, as --help shows it.</summary>
internal static class NnpfsCommand
{
    private const string About = """
        nnpfs shows a volume of arlad as a directory, read-only: what was read once is served from cache files on the local disk.

        Examples:
          nnpfs mount docs /mnt/docs                     mount the volume "docs" and return when it can be used
          nnpfs mount docs /mnt/docs -f -o debug         stay in the foreground and log each request
          nnpfs mount docs ~/docs -o channel=/run/n.sock as an ordinary user, through fusermount3
          nnpfs umount /mnt/docs                         (umount /mnt/docs does the same)
          mount -t nnpfs docs /mnt/docs                  through mount.nnpfs, as an fstab line does

        Exit status: 0 done, 1 wrong usage or no permission, 2 system error, 32 the mount failed.
        A running driver: SIGTERM unmounts, SIGUSR1 switches debug lines, SIGUSR2 the trace of the kernel's messages.
        """;

    public static RootCommand Build(OpenVolume open) =>
        new(About) { MountCommand.Build(open), UmountCommand.Build() };
}
