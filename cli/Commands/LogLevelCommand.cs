using System.CommandLine;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class LogLevelCommand
{
    public static Command Make(CommandLine line)
    {
        var level = new Argument<string>("LEVEL") { Arity = ArgumentArity.ZeroOrOne, Description = "how much arlad logs", HelpName = "LEVEL" };
        level.AcceptOnlyFromAmong("trace", "debug", "information", "warning", "error");
        var wire = new Option<string>("--wire") { Description = "log every message of the channel", HelpName = "on|off" };
        wire.AcceptOnlyFromAmong("on", "off");
        Command command = line.Verb("log-level", "Show, or change, how much arlad logs",
            [
                "nnpfsctl log-level           show it",
                "nnpfsctl log-level debug     a line for each request",
                "nnpfsctl log-level --wire on and every message of the channel besides",
            ],
            (run, cancel) => run.ShowAsync("SetLogLevel", RequestOf(run.Parsed.GetValue(level), run.Parsed.GetValue(wire)), LogLevelReply.Parser,
                reply => run.Screen.Line($"{reply.Level}, trace of the channel {(reply.WireTrace ? "on" : "off")}"), cancel));
        command.Arguments.Add(level);
        command.Options.Add(wire);
        return command;
    }

    private static SetLogLevelRequest RequestOf(string? level, string? wire) => new() { Level = level ?? "", WireTrace = wire ?? "" };
}
