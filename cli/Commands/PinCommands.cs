using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

/// <summary>pin, unpin and pins.</summary>
internal static class PinCommands
{
    public static IEnumerable<Command> Make(CommandLine line) =>
    [
        OfPaths(line, "pin", "Keep cached content from being reclaimed", "what to keep; of a directory: all beneath it",
            ["nnpfsctl pin docs:linux        what is cached of it now, and later, stays", "nnpfsctl prefetch docs:linux   and this fetches it"],
            (run, targets, cancel) => run.ShowAsync("Pin", new PinRequest { Targets = { targets } }, PinReply.Parser,
                reply => run.Screen.Line($"{reply.Pinned} pinned"), cancel)),
        OfPaths(line, "unpin", "Take pins back", "what was pinned, the very same path",
            ["nnpfsctl unpin docs:linux"],
            (run, targets, cancel) => run.ShowAsync("Unpin", new UnpinRequest { Targets = { targets } }, UnpinReply.Parser,
                reply => run.Screen.Line($"{reply.Unpinned} unpinned"), cancel)),
        line.Verb("pins", "Every pin", ["nnpfsctl pins"],
            (run, cancel) => run.ShowAsync("Pins", new PinsRequest(), PinsReply.Parser, reply => Show(run.Screen, reply), cancel)),
    ];

    private static Command OfPaths(
        CommandLine line, string name, string description, string what, string[] examples,
        Func<Invocation, IReadOnlyList<Target>, CancellationToken, Task<int>> act)
    {
        Argument<string[]> paths = Targets.Paths(line, what);
        Command command = line.Verb(name, description, examples, (run, cancel) => act(run, Targets.Of(run.Parsed.GetValue(paths)!), cancel));
        command.Arguments.Add(paths);
        return command;
    }

    private static void Show(Screen screen, PinsReply reply)
    {
        if (reply.Pins.Count == 0)
            screen.Line("nothing is pinned");
        foreach (PinInfo pin in reply.Pins)
            screen.Line(Names.Of(pin.Volume, pin.Path));
    }
}
