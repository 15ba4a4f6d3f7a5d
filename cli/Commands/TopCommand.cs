using System.CommandLine;
using System.Globalization;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;
using Spectre.Console;
using Table = Nnpfs.Cli.Output.Table;

namespace Nnpfs.Cli.Commands;

/// <summary>A live view: what mounts ask for, what the cache and the origins give, who waits.</summary>
internal static class TopCommand
{
    private const int MaxRows = 10;

    public static Command Make(CommandLine line)
    {
        Option<double> interval = StatsCommand.Interval();
        var count = new Option<int>("--count") { Description = "end after so many looks", HelpName = "NUMBER", DefaultValueFactory = _ => int.MaxValue };
        Command command = line.Verb("top", "Watch arlad work: hit rate, bytes, slowest fetches, waiters",
            ["nnpfsctl top                             until Ctrl-C", "nnpfsctl top --count 5 --interval 10    five looks, for a log"],
            (run, cancel) => StatsCommand.UntilInterruptedAsync(
                () => RunAsync(run, StatsCommand.Every(run.Parsed.GetValue(interval)), run.Parsed.GetValue(count), cancel),
                isEndless: true, cancel));
        command.Options.Add(interval);
        command.Options.Add(count);
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, StatsRequest request, int count, CancellationToken cancel)
    {
        IAsyncEnumerable<StatsReply> looks = run.Channel.StreamAsync("Stats", request, StatsReply.Parser, cancel);
        if (!run.Screen.IsTerminal || run.Screen.IsJson)
            return await PlainAsync(run.Screen, looks, count);
        await LivePrefetchView.ConsoleOf(run.Screen).Live(new Text("")).StartAsync(async live =>
        {
            await EachAsync(looks, count, (before, now) =>
            {
                live.UpdateTarget(new Text(Render(before, now)));
                live.Refresh();
            });
        });
        return ExitStatus.Done;
    }

    private static async Task<int> PlainAsync(Screen screen, IAsyncEnumerable<StatsReply> looks, int count)
    {
        await EachAsync(looks, count, (before, now) =>
        {
            if (screen.IsJson)
                screen.Json(now);
            else
                screen.Line(Render(before, now));
        });
        return ExitStatus.Done;
    }

    private static async Task EachAsync(IAsyncEnumerable<StatsReply> looks, int count, Action<StatsReply, StatsReply> show)
    {
        StatsReply? before = null;
        await foreach (StatsReply now in looks)
        {
            show(before ?? now, now);
            before = now;
            if (--count <= 0)
                return;
        }
    }

    private static string Render(StatsReply before, StatsReply now)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var screen = new Screen(text, text, IsTerminal: false, HasColours: false, IsJson: false);
        Rates rates = Rates.Between(before, now);
        screen.Line($"up {Times.Of(now.UptimeMs)}   {now.Mounts} mounts   cache {Sizes.Of(now.CacheBytes)} of {Sizes.Of(now.CacheMaxBytes)}   {now.Nodes} nodes");
        screen.Line("");
        var table = new Table("", ">NOW", ">SINCE START");
        table.Add("hits", rates.Hits, Rates.HitShare(now.Hits, now.Misses));
        table.Add("calls", $"{rates.Calls:0}/s", now.Calls);
        table.Add("from the cache", $"{Sizes.Of(rates.CacheBytes)}/s", Sizes.Of(now.CacheBytesServed));
        table.Add("from origins", $"{Sizes.Of(rates.OriginBytes)}/s", Sizes.Of(now.OriginBytes));
        table.Add("failed at origins", rates.Errors, now.OriginErrors);
        table.Write(screen);
        screen.Line("");
        Slowest(screen, now);
        Waiting(screen, now);
        return text.ToString();
    }

    private static void Slowest(Screen screen, StatsReply now)
    {
        if (now.Slowest.Count == 0)
            return;
        var table = new Table(">TOOK", ">BYTES", ">AGO", "SLOWEST FETCHES OF THE LAST MINUTE");
        foreach (SlowFetch fetch in now.Slowest.Take(MaxRows))
        {
            string error = fetch.Error.Length > 0 ? $" ({fetch.Error})" : "";
            table.Add(Times.Of(fetch.ElapsedMs), Sizes.Of(fetch.Length), Times.Of(fetch.AgoMs), Names.Of(fetch.Volume, fetch.Path) + error);
        }
        table.Write(screen);
        screen.Line("");
    }

    private static void Waiting(Screen screen, StatsReply now)
    {
        if (now.Waiters.Count == 0)
            screen.Line("nobody waits");
        else
            WaitersCommand.TableOf(now.Waiters.Take(MaxRows)).Write(screen);
    }
}
