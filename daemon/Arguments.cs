using System.CommandLine;

namespace Nnpfs.Daemon;

/// <summary>What arlad's command line said.</summary>
/// <param name="Config">path of the configuration file</param>
/// <param name="Uid">whom to become; null = as configured</param>
/// <param name="Gid">as <paramref name="Uid"/></param>
/// <param name="CheckConfig">read the configuration, tell what is wrong with it, and end</param>
internal sealed record Arguments(string Config, int? Uid, int? Gid, bool CheckConfig)
{
    private const string Manual = """
        arlad, the fetch daemon of nnpfs: fills cache files from origins, for the drivers of its mounts.

        Exit status: 0 after SIGTERM or SIGINT; 1 bad command line; 2 bad configuration; 3 it cannot be confined;
        4 the cache or a socket cannot be opened (another arlad, no room, a newer cache). See arlad(8) and arlad.conf(5).
        """;

    /// <summary>Reads the command line. Prints help, version or what is wrong with it.</summary>
    /// <param name="args">without the program</param>
    /// <param name="exit">the status to end with, where there is nothing to run</param>
    public static Arguments? Parse(string[] args, out int exit)
    {
        var config = new Option<string>("--config") { Description = "the configuration file (INI)", HelpName = "FILE", DefaultValueFactory = _ => "/etc/arlad.conf" };
        var uid = new Option<int?>("--uid") { Description = "started as root: become this user, for good", HelpName = "N" };
        var gid = new Option<int?>("--gid") { Description = "started as root: with this group alone", HelpName = "N" };
        var check = new Option<bool>("--check-config") { Description = "check the configuration, print what is wrong with it, and end" };
        var foreground = new Option<bool>("--foreground") { Description = "stay in the foreground (arlad always does)" };
        var root = new RootCommand(Manual) { config, uid, gid, check, foreground };
        Arguments? arguments = null;
        root.SetAction(parsed => arguments = new(parsed.GetValue(config)!, parsed.GetValue(uid), parsed.GetValue(gid), parsed.GetValue(check)));
        exit = root.Parse(args).Invoke();
        return arguments;
    }
}
