using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class StatusCommand
{
    public static Command Make(CommandLine line) => line.Verb("status", "What runs: arlad, its cache, its mounts",
        ["nnpfsctl status          is it up, and what is mounted", "nnpfsctl status --json   the same for a script"],
        (run, cancel) => run.ShowAsync("Status", new StatusRequest(), StatusReply.Parser, reply => Show(run.Screen, reply), cancel));

    private static void Show(Screen screen, StatusReply reply)
    {
        string limit = reply.CacheMaxBytes == 0 ? "no limit" : $"of {Sizes.Of(reply.CacheMaxBytes)}";
        screen.Line($"arlad {reply.Version}, up {Times.Of(reply.UptimeMs)}, .NET {reply.Runtime}, {Sizes.Of(reply.ResidentBytes)} of memory");
        screen.Line($"cache    {Sizes.Of(reply.CacheBytes)} {limit}, {reply.Nodes} nodes");
        screen.Line($"log      {reply.LogLevel}{(reply.WireTrace ? ", with a trace of the channel" : "")}");
        screen.Line($"volumes  {reply.Volumes}; {reply.Waiters} waiting calls");
        screen.Line("");
        if (reply.Mounts.Count == 0)
        {
            screen.Line("no mount is connected: nnpfs mount VOLUME MOUNTPOINT");
            return;
        }
        var table = new Table("VOLUME", "MOUNT POINT", ">USER", ">CONNECTED", ">WAITING");
        foreach (Mount mount in reply.Mounts)
            table.Add(mount.Volume, Names.Of(mount.MountPoint), mount.User, Times.Of(mount.ConnectedMs), mount.Waiting);
        table.Write(screen);
    }
}
