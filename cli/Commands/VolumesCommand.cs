using System.CommandLine;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

internal static class VolumesCommand
{
    public static Command Make(CommandLine line) => line.Verb("volumes", "Every volume, its origin, and what is cached of it",
        ["nnpfsctl volumes"],
        (run, cancel) => run.ShowAsync("Volumes", new VolumesRequest(), VolumesReply.Parser, reply => Show(run.Screen, reply), cancel));

    public static void Show(Screen screen, VolumesReply reply)
    {
        var table = new Table("VOLUME", "ORIGIN", ">CACHED", ">NODES", ">MOUNTS", "LAST ERROR");
        foreach (Volume volume in reply.Volumes)
            table.Add(volume.Name, Names.Of(volume.Origin), Sizes.Of(volume.CachedBytes), volume.Nodes, volume.Mounts, ErrorOf(volume.LastError));
        table.Write(screen);
    }

    private static string ErrorOf(Failure? error) => error is null ? "-" : $"{error.Error}, {Times.Of(error.AgoMs)} ago";
}
