using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class ReclaimCommand
{
    public static Command Make(CommandLine line)
    {
        var bytes = new Argument<string>("BYTES") { Arity = ArgumentArity.ZeroOrOne, Description = "how much at least, such as 10G; without it, all that may go" };
        Command command = line.Verb("reclaim", "Free room on the cache's disk, of all volumes: what was used longest ago first, what is pinned never",
            ["nnpfsctl reclaim 10G   make room for something else", "nnpfsctl reclaim       give back all that is not pinned"],
            (run, cancel) => run.ShowAsync("Reclaim", new ReclaimRequest { Bytes = SizeOf(run.Parsed.GetValue(bytes)) }, ReclaimReply.Parser,
                reply => run.Screen.Line($"{Sizes.Of(reply.Bytes)} came free"), cancel));
        command.Arguments.Add(bytes);
        return command;
    }

    private static ulong SizeOf(string? text)
    {
        ulong bytes = 0;
        if (text is not null && (!Sizes.TryParse(text, out bytes) || bytes == 0))
            throw new UsageException($"{text}: not a size, such as 10G or 512MiB");
        return bytes;
    }
}
