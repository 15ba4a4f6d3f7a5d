using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

/// <summary>record start and record stop FILE: what a program fetches at its start, to be fetched before it the next time.</summary>
internal static class RecordCommand
{
    public static Command Make(CommandLine line)
    {
        Command command = line.Group("record", "Note what is fetched, to fetch it ahead of a later run",
            ["nnpfsctl record start                 from now on", "nnpfsctl record stop app.run          until now; the file is for prefetch --from"]);
        command.Subcommands.Add(line.Verb("start", "Begin to note what is fetched, of all volumes",
            ["nnpfsctl flush docs:app; nnpfsctl record start   what is cached already is not fetched, hence not noted"],
            (run, cancel) => run.ShowAsync("StartRecording", new StartRecordingRequest(), StartRecordingReply.Parser,
                _ => run.Screen.Line("recording; nnpfsctl record stop FILE ends it"), cancel)));
        command.Subcommands.Add(Stop(line));
        return command;
    }

    private static Command Stop(CommandLine line)
    {
        var file = new Argument<string>("FILE") { Description = "where to write it: a line of JSON for each piece of a file", HelpName = "FILE" };
        Command command = line.Verb("stop", "End it, and write down what was fetched, in its order",
            ["nnpfsctl record stop app.run", "nnpfsctl prefetch --from app.run   fetches it in that order"],
            (run, cancel) => StopAsync(run, run.Parsed.GetValue(file)!, cancel));
        command.Arguments.Add(file);
        return command;
    }

    private static async Task<int> StopAsync(Invocation run, string path, CancellationToken cancel)
    {
        using NewFile file = NewFile.Create(path); // first: arlad gives it away once
        var ranges = new List<RecordedRange>();
        bool isFull = false;
        await foreach (StopRecordingReply reply in run.Channel.StreamAsync("StopRecording", new StopRecordingRequest(), StopRecordingReply.Parser, cancel))
        {
            ranges.AddRange(reply.Ranges);
            isFull |= reply.Full;
        }
        try
        {
            RunFile.Write(file.Content, ranges);
            file.Keep();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ranges.ForEach(range => run.Screen.Json(range)); // there is no other copy of it
            throw new IOException($"{path} cannot be written: {failure.Message} The recording was printed instead.", failure);
        }
        if (run.Screen.IsJson)
            ranges.ForEach(range => run.Screen.Json(range));
        else
            run.Screen.Line($"{ranges.Count} pieces, {Sizes.Of((ulong)ranges.Sum(range => (long)range.Length))}, written to {path}");
        if (isFull)
            run.Screen.Error.WriteLine("nnpfsctl: more was fetched than arlad notes: the end of the run is missing");
        return ExitStatus.Done;
    }
}
