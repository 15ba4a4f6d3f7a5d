using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class FlushCommand
{
    public static Command Make(CommandLine line)
    {
        Argument<string> path = Targets.Path(line, "what to drop; of a directory: all beneath it");
        Option<string> volume = Targets.Volume(line);
        Command command = line.Verb("flush", "Drop cached content; the next read fetches it again",
            ["nnpfsctl flush docs:linux      free what it takes on the cache's disk", "nnpfsctl flush --volume docs   all of a volume"],
            (run, cancel) => run.ShowAsync("Flush", new FlushRequest { Target = TargetOf(run, path, volume) }, FlushReply.Parser,
                reply => run.Screen.Line($"{Sizes.Of(reply.Bytes)} of {reply.Nodes} nodes dropped"), cancel));
        command.Arguments.Add(path);
        command.Options.Add(volume);
        return command;
    }

    private static Target TargetOf(Invocation run, Argument<string> path, Option<string> volume) =>
        (run.Parsed.GetValue(path), run.Parsed.GetValue(volume)) switch
        {
            ({ } one, null) => Targets.Of(one),
            (null, { } name) => new() { Volume = name },
            _ => throw new UsageException("give either a PATH or --volume"),
        };
}
