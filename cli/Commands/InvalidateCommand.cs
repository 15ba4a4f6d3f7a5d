using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class InvalidateCommand
{
    public static Command Make(CommandLine line)
    {
        Argument<string> path = Targets.Path(line, "a file or directory");
        Option<string> node = Targets.Node();
        Option<string> volume = Targets.Volume(line);
        var recursive = new Option<bool>("--recursive", "-r") { Description = "a directory: everything beneath it as well" };
        Command command = line.Verb("invalidate", "Take back what mounts hold, so that the next use asks the origin",
            [
                "nnpfsctl invalidate /mnt/nnpfs/a/file   returns when no new open can see the old content",
                "nnpfsctl invalidate -r docs:linux       a directory and everything beneath it",
                "nnpfsctl invalidate --volume docs       everything",
            ],
            (run, cancel) => run.ShowAsync("Invalidate", RequestOf(run, path, node, volume, recursive), InvalidateReply.Parser,
                reply => Show(run.Screen, reply), cancel));
        command.Arguments.Add(path);
        foreach (Option option in new Option[] { node, volume, recursive })
            command.Options.Add(option);
        return command;
    }

    private static InvalidateRequest RequestOf(
        Invocation run, Argument<string> path, Option<string> node, Option<string> volume, Option<bool> recursive)
    {
        string? volumeName = run.Parsed.GetValue(volume);
        return (run.Parsed.GetValue(path), run.Parsed.GetValue(node), volumeName) switch
        {
            ({ } one, null, null) => new() { Target = Targets.Of(one), Recursive = run.Parsed.GetValue(recursive) },
            (null, { } number, _) => new() { Target = Targets.OfNode(number, volumeName), Recursive = run.Parsed.GetValue(recursive) },
            (null, null, { } name) => new() { Target = new() { Volume = name }, Recursive = true },
            _ => throw new UsageException("give one of PATH, --node and --volume"),
        };
    }

    private static void Show(Screen screen, InvalidateReply reply)
    {
        screen.Line(reply.Nodes == 0
            ? "0 nodes: nothing was known of it"
            : $"{reply.Nodes} {(reply.Nodes == 1 ? "node" : "nodes")} invalidated, confirmed by {reply.Mounts} {(reply.Mounts == 1 ? "mount" : "mounts")}");
        if (reply.CutOff > 0)
            screen.Line($"{reply.CutOff} did not answer in time and were disconnected: what they hold is void when they return");
    }
}
