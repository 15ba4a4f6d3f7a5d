using System.CommandLine;
using Nnpfs.Driver.Mounting;

namespace Nnpfs.Driver.Commands;

/// <summary>nnpfs mount: in the foreground the driver itself, otherwise a start in the background that waits until it is ready.</summary>
internal static class MountCommand
{
    private const string About = """
        Mounts a volume of arlad on a directory and returns when it can be used. The driver goes on in the background until the directory is unmounted.

        Options (-o, joined by commas; later ones win):
          jail=DIR         arlad's jail (default /var/lib/nnpfs/jail); the channel is dev/nnpfs0 in it
          channel=PATH     the channel's socket, where it is not in a jail
          timeo=SECONDS    how long a read waits for arlad when it is away, then EIO (default 60); a signal ends the wait at once
          threads=N        threads that serve the kernel (default: one per CPU, at least 2)
          io_uring=auto|on|off  the kernel's requests by io_uring, answered on the CPU where they begin (default: auto, where the
                           kernel has it switched on)
          open=send|elide  elide: opening a cached file asks nobody; for trees of small files (default: send)
          passthrough=auto|off  the kernel reads whole files by itself where it can (default: auto), or never
          allow_other      all users may use the mount (default for root; others need user_allow_other in /etc/fuse.conf)
          noallow_other    only the user who mounted may use it
          nonempty         mount even if the directory is not empty
          noexec           no program may be run from the mount
          log=FILE         default: stderr with -f, else /var/log/nnpfs/VOLUME.log (root) or ~/.local/state/nnpfs/VOLUME.log
          loglevel=LEVEL   verbose, debug, information, warning or error
          debug            the same as loglevel=debug: a line per request
        A mount is always ro,nosuid,nodev. Options for mount(8), systemd and fstab (defaults, noauto, nofail, user, _netdev, x-...) are accepted.
        """;

    private const string Died = "the driver ended before the mount was ready; its log file may say why (see -o log=FILE)";

    public static Command Build(OpenVolume open)
    {
        var volume = new Argument<string>("VOLUME") { Description = "A volume in arlad's configuration" };
        var mountPoint = new Argument<string>("MOUNTPOINT") { Description = "An empty directory" };
        var options = new Option<string[]>("-o", "--options") { Description = "Mount options, joined by commas", HelpName = "OPTIONS" };
        var foreground = new Option<bool>("-f", "--foreground") { Description = "Do not go to the background; tell systemd when ready (Type=notify)" };
        var command = new Command("mount", About) { volume, mountPoint, options, foreground };
        command.SetAction((parsed, _) =>
        {
            var start = new MountOptions(parsed.GetRequiredValue(volume), parsed.GetRequiredValue(mountPoint));
            string text = string.Join(',', parsed.GetValue(options) ?? []);
            return RunAsync(start, text, parsed.GetValue(foreground), fromMount8: false, open);
        });
        return command;
    }

    /// <returns>an exit status of mount(8)</returns>
    public static async Task<int> RunAsync(MountOptions start, string text, bool foreground, bool fromMount8, OpenVolume open)
    {
        Readiness readiness = Readiness.FromEnvironment("nnpfs", Console.Error);
        if (OptionParser.Parse(start, text, fromMount8, out MountOptions options) is { } wrong)
            return readiness.Fail(wrong);
        if (!foreground)
            return StartInBackground(options, text, fromMount8, readiness);
        if (LogSwitch.Open(options, readiness.InBackground, out LogSwitch? logs) is { } unwritable)
            return readiness.Fail(unwritable);
        using (logs)
            return await new MountRun(options, open, readiness, logs!).RunAsync();
    }

    private static int StartInBackground(MountOptions options, string text, bool fromMount8, Readiness readiness)
    {
        // mount(8)'s rw is not the user's wish, and is refused from the user.
        string[] kept = [.. text.Split(',').Where(option => !fromMount8 || option != "rw")];
        Failure? failure = Background.Start(
            ["mount", "--foreground", "-o", string.Join(',', kept), "--", options.Volume, options.MountPoint], Died, out _);
        return failure is null ? ExitStatus.Success : readiness.Fail(failure);
    }
}
