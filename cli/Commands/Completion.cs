using System.CommandLine.Completions;
using Nnpfs.Cli.Client;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

/// <summary>What the shell offers that only arlad knows. Without arlad, and when it is slow, nothing: completion never complains.</summary>
internal static class Completion
{
    private static readonly TimeSpan _limit = TimeSpan.FromMilliseconds(700);

    public static IEnumerable<CompletionItem> Volumes(CommandLine line, CompletionContext context, string suffix)
    {
        try
        {
            using var limit = new CancellationTokenSource(_limit);
            using var channel = new AdminChannel(line.SocketOf(context.ParseResult), _limit);
            VolumesReply reply = channel.CallAsync("Volumes", new VolumesRequest(), VolumesReply.Parser, limit.Token).GetAwaiter().GetResult();
            return [.. reply.Volumes.Select(volume => new CompletionItem(volume.Name + suffix))];
        }
        catch (Exception e) when (e is AdminException or UnreachableException or OperationCanceledException)
        {
            return [];
        }
    }
}
