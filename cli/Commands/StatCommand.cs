using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class StatCommand
{
    public static Command Make(CommandLine line)
    {
        Argument<string> path = Targets.Path(line, "what to look at");
        Option<string> node = Targets.Node();
        Command command = line.Verb("stat", "All that arlad knows of one file or directory",
            [
                "nnpfsctl stat /mnt/nnpfs/a/file   its node, version, cached share, how long that holds, the last error",
                "nnpfsctl stat --node 2a           the same by number",
            ],
            (run, cancel) => run.ShowAsync("Stat", new StatRequest { Target = TargetOf(run, path, node) }, StatReply.Parser,
                reply => Show(run.Screen, reply), cancel));
        command.Arguments.Add(path);
        command.Options.Add(node);
        return command;
    }

    private static Target TargetOf(Invocation run, Argument<string> path, Option<string> node) =>
        (run.Parsed.GetValue(path), run.Parsed.GetValue(node)) switch
        {
            ({ } one, null) => Targets.Of(one),
            (null, { } number) => Targets.OfNode(number, null),
            _ => throw new UsageException("give either a PATH or --node"),
        };

    private static void Show(Screen screen, StatReply reply)
    {
        NodeInfo info = reply.Info;
        screen.Line(screen.Bold(Names.Of(reply.Volume, reply.Path)));
        Row(screen, "node", $"{info.Node:x}");
        Row(screen, "kind", $"{info.Kind.ToString().ToLowerInvariant()}, {Modes.Of(info)}, user {info.Uid}, group {info.Gid}");
        if (info.Kind == Kind.Symlink)
            Row(screen, "target", Names.Of(info.Target));
        Row(screen, "size", $"{info.Size} ({Sizes.Of(info.Size)}), modified {Times.At(info.MtimeNs)}");
        Row(screen, "cached", $"{Sizes.Of(info.CachedBytes)} ({Modes.Cached(info).TrimEnd('*')}){(info.Pinned ? ", pinned" : "")}");
        Row(screen, "version", $"{info.Version}, {Strength(reply)}");
        Row(screen, "holds", info.ValidMs == 0 ? "no longer: the next use asks the origin" : $"{Times.Of(info.ValidMs)} more without asking");
        Row(screen, "origin", $"{Names.Of(reply.Origin)}, in blocks of {Sizes.Of(reply.BlockSize)}");
        if (reply.LastError is { } error)
            Row(screen, "error", $"{error.Error} in {error.Operation}, {Times.Of(error.AgoMs)} ago");
    }

    private static string Strength(StatReply reply) => reply.Validator.Length == 0
        ? "without a validator"
        : $"{(reply.ValidatorStrong ? "strong" : "weak")} validator {Names.Of(reply.Validator)}";

    private static void Row(Screen screen, string name, string value) => screen.Line($"  {name,-8} {value}");
}
