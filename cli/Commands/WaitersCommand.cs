using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class WaitersCommand
{
    public static Command Make(CommandLine line) => line.Verb("waiters", "Who waits for what, and how long already",
        ["nnpfsctl waiters   why does my program hang?"],
        (run, cancel) => run.ShowAsync("Waiters", new WaitersRequest(), WaitersReply.Parser, reply => Show(run.Screen, reply), cancel));

    private static void Show(Screen screen, WaitersReply reply)
    {
        if (reply.Waiters.Count == 0)
            screen.Line("nobody waits");
        else
            TableOf(reply.Waiters).Write(screen);
    }

    public static Table TableOf(IEnumerable<Waiter> waiters)
    {
        var table = new Table(">WAITS", "CALL", "FOR", "WHAT", "MOUNT");
        foreach (Waiter waiter in waiters)
        {
            string what = waiter.Path.IsEmpty ? $"{waiter.Volume}: node {waiter.Node:x}" : Names.Of(waiter.Volume, waiter.Path);
            string mount = waiter.MountPoint.Length == 0 ? "(arlad itself)" : Names.Of(waiter.MountPoint);
            table.Add(Times.Of(waiter.WaitingMs), waiter.Call, CauseOf(waiter.Cause), what, mount);
        }
        return table;
    }

    private static string CauseOf(string cause) => cause switch
    {
        "origin" => "the origin",
        "other" => "another's fetch",
        "retry" => "the next try",
        "space" => "room in the cache",
        "driver" => "a mount's word",
        _ => cause,
    };
}
