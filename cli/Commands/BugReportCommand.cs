using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class BugReportCommand
{
    public static Command Make(CommandLine line)
    {
        var file = new Argument<string>("FILE") { Description = "a tar archive to make; - is standard output", HelpName = "FILE" };
        var force = new Option<bool>("--force") { Description = "replace the file" };
        Command command = line.Verb("bug-report", "One archive with what a maintainer asks for first; no secrets, no content",
            ["nnpfsctl bug-report report.tar   look at it with tar tvf before you send it"],
            (run, cancel) => RunAsync(run, run.Parsed.GetValue(file)!, run.Parsed.GetValue(force), cancel));
        command.Arguments.Add(file);
        command.Options.Add(force);
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, string file, bool force, CancellationToken cancel)
    {
        if (file == "-")
        {
            await using Stream standard = Console.OpenStandardOutput();
            await CopyAsync(run, standard, cancel);
            return ExitStatus.Done;
        }
        if (File.Exists(file) && !force)
            throw new UsageException($"{file} exists: name another, or say --force");
        long length = await SaveAsync(run, file, cancel);
        if (run.Screen.IsJson)
            run.Screen.Line($"{{\"bytes\":{length}}}");
        else
            run.Screen.Line($"{file}: {Sizes.Of(length)}");
        return ExitStatus.Done;
    }

    // Beside its place and renamed when whole: no half of a report is left.
    private static async Task<long> SaveAsync(Invocation run, string file, CancellationToken cancel)
    {
        string partial = file + ".partial";
        try
        {
            long length;
            await using (FileStream output = new(partial, FileMode.Create, FileAccess.Write))
            {
                await CopyAsync(run, output, cancel);
                length = output.Length;
            }
            File.Move(partial, file, overwrite: true);
            return length;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task CopyAsync(Invocation run, Stream output, CancellationToken cancel)
    {
        await foreach (BugReportChunk chunk in run.Channel.StreamAsync("BugReport", new BugReportRequest(), BugReportChunk.Parser, cancel))
            await output.WriteAsync(chunk.Data.Memory, cancel);
    }
}
