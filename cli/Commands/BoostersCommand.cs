using System.CommandLine;
using System.Globalization;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Output;
using Nnpfs.Posix;

namespace Nnpfs.Cli.Commands;

/// <summary>Asks each mount itself: arlad does not know who reads past FUSE.</summary>
internal static class BoostersCommand
{
    public static Command Make(CommandLine line)
    {
        var point = new Argument<string?>("MOUNTPOINT") { Description = "of one mount (else of all that are seen here)", HelpName = "MOUNTPOINT", Arity = ArgumentArity.ZeroOrOne };
        Command command = line.Verb("boosters", "Programs that read past FUSE on the mounts of this machine, by nnpfs-boost, and what they got",
            ["nnpfsctl boosters          who, on which mount, how many files", "nnpfs-boost PROGRAM ...    runs a program so"],
            (run, cancel) => RunAsync(run, run.Parsed.GetValue(point), cancel));
        command.Arguments.Add(point);
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, string? point, CancellationToken cancel)
    {
        List<(string Mount, Result<BoostedMount> Told)> mounts = await BoostedMount.AllAsync(point is null ? null : Path.GetFullPath(point), cancel);
        if (point is not null && mounts.Count == 0)
            throw new UsageException($"{point} is no mount point of nnpfs; see nnpfsctl status");
        BoostedMount[] told = [.. mounts.Where(mount => mount.Told.IsOk).Select(mount => mount.Told.Value)];
        if (run.Screen.IsJson)
        {
            foreach (BoostedMount mount in told)
                run.Screen.Line(BoostedJson.Write(mount));
        }
        else
        {
            Show(run.Screen, told);
        }
        foreach ((string mount, Result<BoostedMount> failed) in mounts.Where(mount => !mount.Told.IsOk))
            run.Screen.Error.WriteLine($"nnpfsctl: {mount}: {Explain(failed.Errno)}");
        return ExitStatus.Done; // also with a dead mount among them: it is named
    }

    private static void Show(Screen screen, BoostedMount[] mounts)
    {
        foreach (BoostedMount mount in mounts)
            screen.Line($"{mount.Mount}  {mount.Files} files, {Sizes.Of(mount.Bytes)} opened past FUSE; {mount.Lent} files open so now");
        if (mounts.Length == 0)
            screen.Line("no mounts");
        var table = new Table(">PID", ">USER", ">FILES", ">SIZE", "PROGRAM", "MOUNT");
        foreach (BoostedMount mount in mounts)
        {
            foreach (BoostedProgram program in mount.Programs)
                table.Add(program.Pid, program.Uid, program.Files, Sizes.Of(program.Bytes), NameOf(program.Pid), mount.Mount);
        }
        if (table.Count > 0)
            table.Write(screen);
    }

    /// <summary>Of a program of this PID namespace; a dash where it has gone, or is in another.</summary>
    private static string NameOf(int pid)
    {
        try
        {
            return pid > 0 ? File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/comm")).TrimEnd() : "-";
        }
        catch (IOException)
        {
            return "-";
        }
    }

    private static string Explain(Errno errno) => errno switch
    {
        Errno.ETIMEDOUT => "the mount does not answer in time; see nnpfsctl waiters",
        Errno.EACCES => "the mount is another user's alone",
        Errno.ENODATA or Errno.EPROTO => "its driver is of another version",
        Errno.ENOTCONN => "its driver is gone; clear it with nnpfs umount -l",
        _ => $"the mount answers {errno}",
    };
}
