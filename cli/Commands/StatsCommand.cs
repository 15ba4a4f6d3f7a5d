using System.CommandLine;
using System.Globalization;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class StatsCommand
{

    public static Command Make(CommandLine line)
    {
        var follow = new Option<bool>("--follow", "-f") { Description = "a line each interval, until interrupted" };
        var all = new Option<bool>("--all") { Description = "every metric, as in docs/metrics.md" };
        Option<double> interval = Interval();
        Command command = line.Verb("stats", "Counters since arlad's start",
            ["nnpfsctl stats            once", "nnpfsctl stats --follow   what changed, every second", "nnpfsctl stats --all      every metric by name"],
            (run, cancel) => UntilInterruptedAsync(
                () => RunAsync(run, run.Parsed.GetValue(follow), run.Parsed.GetValue(all), run.Parsed.GetValue(interval), cancel),
                isEndless: run.Parsed.GetValue(follow), cancel));
        foreach (Option option in new Option[] { follow, all, interval })
            command.Options.Add(option);
        return command;
    }

    public static Option<double> Interval()
    {
        var interval = new Option<double>("--interval") { Description = "seconds between two looks (1)", HelpName = "SECONDS", DefaultValueFactory = _ => 1 };
        interval.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is < 0.1 or > 3600)
                result.AddError("--interval takes 0.1 to 3600 seconds");
        });
        return interval;
    }

    /// <summary>Ctrl-C is how a view that goes on and on is meant to end.</summary>
    public static async Task<int> UntilInterruptedAsync(Func<Task<int>> run, bool isEndless, CancellationToken cancel)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException) when (isEndless && cancel.IsCancellationRequested)
        {
            return ExitStatus.Done;
        }
    }

    public static StatsRequest Every(double seconds) => new() { IntervalMs = (uint)(seconds * 1000) };

    private static async Task<int> RunAsync(Invocation run, bool follow, bool all, double interval, CancellationToken cancel)
    {
        StatsReply? before = null;
        StatsRequest request = follow ? Every(interval) : new();
        await foreach (StatsReply now in run.Channel.StreamAsync("Stats", request, StatsReply.Parser, cancel))
        {
            if (run.Screen.IsJson)
                run.Screen.Json(now);
            else if (follow)
                Line(run.Screen, before, now);
            else
                await ShowAsync(run.Screen, now, all, cancel);
            before = now;
        }
        return ExitStatus.Done;
    }

    private static async Task ShowAsync(Screen screen, StatsReply now, bool all, CancellationToken cancel)
    {
        screen.Line($"up       {Times.Of(now.UptimeMs)}, {now.Mounts} mounts, {now.Waiters.Count} waiting calls");
        screen.Line($"calls    {now.Calls}; for data {now.Hits} hits, {now.Misses} misses ({Rates.HitShare(now.Hits, now.Misses)})");
        screen.Line($"served   {Sizes.Of(now.CacheBytesServed)} from the cache");
        screen.Line($"origin   {Sizes.Of(now.OriginBytes)} in {now.OriginRequests} requests, {now.OriginErrors} failed, {now.Fetches} in flight");
        screen.Line($"cache    {Sizes.Of(now.CacheBytes)} of {Sizes.Of(now.CacheMaxBytes)}, {now.Nodes} nodes");
        BoostedMount[] boosted = [.. (await BoostedMount.AllAsync(null, cancel)).Where(mount => mount.Told.IsOk).Select(mount => mount.Told.Value)];
        if (boosted.Any(mount => mount.Files > 0))
            screen.Line($"boosted  {boosted.Sum(mount => mount.Files)} files, {Sizes.Of(boosted.Sum(mount => mount.Bytes))} opened past FUSE on this machine's mounts, "
                + $"{boosted.Sum(mount => mount.Programs.Count)} programs now");
        if (!all)
            return;
        screen.Line("");
        foreach (Metric metric in now.Metrics)
            screen.Line($"{metric.Name}{(metric.Labels.Length > 0 ? $"{{{metric.Labels}}}" : "")} {metric.Value.ToString(CultureInfo.InvariantCulture)}");
    }

    private static void Line(Screen screen, StatsReply? before, StatsReply now)
    {
        if (before is null)
        {
            screen.Line(screen.Bold($"{"CALLS/S",9} {"HITS",8} {"CACHE/S",10} {"ORIGIN/S",10} {"ERRORS",7} {"WAITING",8}"));
            return;
        }
        Rates rates = Rates.Between(before, now);
        screen.Line(string.Create(CultureInfo.InvariantCulture,
            $"{rates.Calls,9:0} {rates.Hits,8} {Sizes.Of(rates.CacheBytes),10} {Sizes.Of(rates.OriginBytes),10} {rates.Errors,7} {now.Waiters.Count,8}"));
    }
}
