using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Cli.Paths;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class ListCommand
{
    public static Command Make(CommandLine line)
    {
        Argument<string> path = Targets.Path(line, "a directory; without one: the working directory, or the volumes");
        Command command = line.Verb("ls", "A directory as arlad knows it, and how much of each file is cached",
            [
                "nnpfsctl ls                    the working directory, where it is on a mount; else the volumes",
                "nnpfsctl ls /mnt/nnpfs/linux   a directory on a mount",
                "nnpfsctl ls docs:linux         the same by volume and path, mounted or not",
            ],
            (run, cancel) => RunAsync(run, run.Parsed.GetValue(path), cancel));
        command.Arguments.Add(path);
        return command;
    }

    private static Task<int> RunAsync(Invocation run, string? path, CancellationToken cancel)
    {
        if (path is not null)
            return ListAsync(run, Targets.Of(path), cancel);
        PathArgument.Resolve(".", MountTable.OfProcess(), Environment.CurrentDirectory, out Target? here);
        return here is not null
            ? ListAsync(run, here, cancel)
            : run.ShowAsync("Volumes", new VolumesRequest(), VolumesReply.Parser, reply => VolumesCommand.Show(run.Screen, reply), cancel);
    }

    private static async Task<int> ListAsync(Invocation run, Target directory, CancellationToken cancel)
    {
        var request = new ListRequest { Directory = directory };
        var table = new Table("NODE", "MODE", ">SIZE", ">CACHED", "MODIFIED", "NAME");
        await foreach (ListReply batch in run.Channel.StreamAsync("List", request, ListReply.Parser, cancel))
        {
            foreach (ListEntry entry in batch.Entries)
            {
                if (run.Screen.IsJson)
                    run.Screen.Json(entry);
                else
                    Add(table, entry);
            }
        }
        if (!run.Screen.IsJson && table.Count > 0)
            table.Write(run.Screen);
        return ExitStatus.Done;
    }

    private static void Add(Table table, ListEntry entry)
    {
        NodeInfo info = entry.Info;
        string arrow = info.Kind == Kind.Symlink ? $" -> {Names.Of(info.Target)}" : "";
        string slash = info.Kind == Kind.Directory ? "/" : "";
        table.Add(info.Node == 0 ? "-" : info.Node.ToString("x"), Modes.Of(info), info.Kind == Kind.File ? Sizes.Of(info.Size) : "-",
            Modes.Cached(info), Times.At(info.MtimeNs), Names.Of(entry.Name) + slash + arrow);
    }
}
