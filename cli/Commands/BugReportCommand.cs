using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Cli.Paths;
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

    private static async Task<long> SaveAsync(Invocation run, string path, CancellationToken cancel)
    {
        using NewFile file = NewFile.Create(path);
        long length = await CopyAsync(run, file.Content, cancel);
        file.Keep();
        return length;
    }

    /// <summary>What the mounts tell stands before arlad's part, which ends the archive. Nothing is written before arlad has answered.</summary>
    /// <returns>bytes</returns>
    private static async Task<long> CopyAsync(Invocation run, Stream output, CancellationToken cancel)
    {
        List<ReadOnlyMemory<byte>> parts = [await MountsReport.ArchiveAsync(MountTable.OfProcess(), cancel)];
        await foreach (BugReportChunk chunk in run.Channel.StreamAsync("BugReport", new BugReportRequest(), BugReportChunk.Parser, cancel))
            parts.Add(chunk.Data.Memory);
        foreach (ReadOnlyMemory<byte> part in parts)
            await output.WriteAsync(part, cancel);
        return parts.Sum(part => (long)part.Length);
    }
}
