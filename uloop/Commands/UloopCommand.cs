using System.CommandLine;

namespace Nnpfs.Uloop.Commands;

/// <summary>The command lines of uloop, ulohttp and ulobdev, as --help shows them.</summary>
internal static class UloopCommand
{
    private const string About = """
        Block devices filled on demand: attached at once, read as if they were here; each piece is fetched the first time that it is touched, kept in a
        cache file, and never fetched again. Read-only.

          uloop attach auto https://example.org/root.img      prints the device
          mount -o ro /dev/loop0 /mnt
          uloop status
          uloop detach /dev/loop0

        See uloop(8).
        """;

    private const string AboutHttp = """
        ulohttp [OPTIONS] DEVICE URL: attaches a file of a web server as a block device that is filled on demand. Prints the device, and goes on
        in the background until it is detached (uloop detach). See uloop(8).
        """;

    private const string AboutBlockDevice = """
        ulobdev [OPTIONS] DEVICE BACKING: attaches a slow block device, or a file, as a block device that is filled on demand. Prints the device,
        and goes on in the background until it is detached (uloop detach). See uloop(8).
        """;

    public static RootCommand Build(string name) => name switch
    {
        Invocation.Http => AttachCommand.BuildRoot(AboutHttp, ("URL", "http:// or https:// URL of a file; its server must send ranges")),
        Invocation.BlockDevice => AttachCommand.BuildRoot(AboutBlockDevice, ("BACKING", "A block device or a file")),
        _ => new RootCommand(About)
        {
            AttachCommand.Build("attach", "Attach a file as a block device that is filled on demand", ("ORIGIN", "http:// or https:// URL of a file, a file, or a block device")),
            DeviceCommands.Detach(),
            DeviceCommands.Status(),
            DeviceCommands.Prefetch(),
            DeviceCommands.Verify(),
            DiscardCommand.Build(),
        },
    };
}
