using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class LimitsCommand
{
    public static Command Make(CommandLine line)
    {
        var bytes = new Option<string>("--bytes") { Description = "the most bytes of content on the cache's disk", HelpName = "SIZE" };
        var nodes = new Option<ulong>("--nodes") { Description = "the most nodes that are remembered", HelpName = "NUMBER" };
        var high = new Option<uint>("--high") { Description = "reclaim begins above this share of them", HelpName = "PERCENT" };
        var low = new Option<uint>("--low") { Description = "and ends below this one", HelpName = "PERCENT" };
        Command command = line.Verb("limits", "Show, or change, what the cache may take",
            [
                "nnpfsctl limits               show them, and what is used",
                "nnpfsctl limits --bytes 50G   until arlad ends; the configuration's key makes it last",
            ],
            (run, cancel) => RunAsync(run, RequestOf(run, bytes, nodes, high, low), cancel));
        foreach (Option option in new Option[] { bytes, nodes, high, low })
            command.Options.Add(option);
        return command;
    }

    private static Task<int> RunAsync(Invocation run, SetLimitsRequest change, CancellationToken cancel) =>
        change.CalculateSize() == 0
            ? run.ShowAsync("GetLimits", new GetLimitsRequest(), LimitsReply.Parser, reply => Show(run.Screen, reply), cancel)
            : run.ShowAsync("SetLimits", change, LimitsReply.Parser, reply => Show(run.Screen, reply), cancel);

    private static SetLimitsRequest RequestOf(
        Invocation run, Option<string> bytes, Option<ulong> nodes, Option<uint> high, Option<uint> low)
    {
        string? size = run.Parsed.GetValue(bytes);
        ulong maxBytes = 0;
        if (size is not null && (!Sizes.TryParse(size, out maxBytes) || maxBytes == 0))
            throw new UsageException($"{size}: not a size, such as 50G or 512MiB");
        return new()
        {
            MaxBytes = maxBytes,
            MaxNodes = run.Parsed.GetValue(nodes),
            HighPercent = run.Parsed.GetValue(high),
            LowPercent = run.Parsed.GetValue(low),
        };
    }

    private static void Show(Screen screen, LimitsReply reply)
    {
        var table = new Table("", ">USED", ">LIMIT", ">RECLAIM ABOVE", ">DOWN TO");
        string Share(uint percent) => $"{percent} %";
        table.Add("bytes", Sizes.Of(reply.UsedBytes), Sizes.Of(reply.MaxBytes), Share(reply.HighPercent), Share(reply.LowPercent));
        table.Add("nodes", reply.UsedNodes, reply.MaxNodes, "100 %", Share(reply.LowPercent));
        table.Write(screen);
        screen.Line($"pinned: {Sizes.Of(reply.PinnedBytes)}");
    }
}
