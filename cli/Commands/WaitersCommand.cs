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
            string what = waiter.Path.IsEmpty && waiter.Node != 0 ? $"{waiter.Volume}: node {waiter.Node:x}" : Names.Of(waiter.Volume, waiter.Path);
            string mount = waiter.MountPoint.Length == 0 ? "(arlad itself)" : Names.Of(waiter.MountPoint);
            table.Add(Times.Of(waiter.WaitingMs), waiter.Call, CauseOf(waiter), what, mount);
        }
        return table;
    }

    private static string CauseOf(Waiter waiter) => waiter.Cause switch
    {
        "origin" => "the origin",
        "other" => "another's fetch",
        "retry" => $"the next try, after {waiter.Error}",
        "space" => "room in the cache",
        "driver" => "a mount's word",
        _ => waiter.Cause,
    };
}
