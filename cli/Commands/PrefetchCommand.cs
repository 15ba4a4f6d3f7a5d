using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class PrefetchCommand
{
    public static Command Make(CommandLine line)
    {
        Argument<string[]> paths = Targets.Paths(line, "files, and directories with all beneath them");
        paths.Arity = ArgumentArity.ZeroOrMore;
        var from = new Option<string>("--from") { Description = "what a run fetched, in its order: written by nnpfsctl record stop", HelpName = "FILE" };
        Command command = line.Verb("prefetch", "Fetch files and trees into the cache now",
            [
                "nnpfsctl prefetch /mnt/nnpfs/a docs:linux   Ctrl-C ends it; what it fetched stays",
                "nnpfsctl prefetch docs:                     a whole volume",
                "nnpfsctl prefetch --from app.run            what the recorded run of a program fetched",
            ],
            (run, cancel) => RunAsync(run, RequestOf(Targets.Of(run.Parsed.GetValue(paths)!), run.Parsed.GetValue(from)), cancel));
        command.Arguments.Add(paths);
        command.Options.Add(from);
        return command;
    }

    private static PrefetchRequest RequestOf(IReadOnlyList<Target> targets, string? from)
    {
        var request = new PrefetchRequest { Targets = { targets }, Ranges = { from is null ? [] : RunFile.Read(from) } };
        return request.Targets.Count + request.Ranges.Count > 0 ? request
            : throw new UsageException("give a PATH, or --from with the file of a recorded run");
    }

    private static async Task<int> RunAsync(Invocation run, PrefetchRequest request, CancellationToken cancel)
    {
        IAsyncEnumerable<PrefetchProgress> stream = run.Channel.StreamAsync("Prefetch", request, PrefetchProgress.Parser, cancel);
        PrefetchProgress last = new();
        try
        {
            IPrefetchView view = run.Screen switch
            {
                { IsJson: true } => new JsonPrefetchView(run.Screen),
                { IsTerminal: true } => new LivePrefetchView(run.Screen),
                _ => new PlainPrefetchView(run.Screen),
            };
            await view.ShowAsync(Remember(stream, progress => last = progress));
        }
        catch (OperationCanceledException)
        {
            run.Screen.Error.WriteLine($"nnpfsctl: interrupted: {last.FilesDone} of {last.Files} files are whole in the cache and stay");
            return ExitStatus.Failed;
        }
        if (last.Failed > 0)
            run.Screen.Error.WriteLine($"nnpfsctl: {last.Failed} could not be fetched, the last with {last.LastError}: {Names.Of(last.Volume, last.Current)}");
        return last.Failed > 0 ? ExitStatus.Failed : ExitStatus.Done;
    }

    private static async IAsyncEnumerable<PrefetchProgress> Remember(IAsyncEnumerable<PrefetchProgress> stream, Action<PrefetchProgress> remember)
    {
        await foreach (PrefetchProgress progress in stream)
        {
            remember(progress);
            yield return progress;
        }
    }
}
