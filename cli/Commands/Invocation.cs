using System.CommandLine;
using Google.Protobuf;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Output;

namespace Nnpfs.Cli.Commands;

/// <summary>One run of one command.</summary>
internal sealed record Invocation(ParseResult Parsed, AdminChannel Channel, Screen Screen)
{
    /// <summary>Calls arlad and shows the reply: as JSON, or in the command's own words.</summary>
    /// <returns>the exit status</returns>
    public async Task<int> ShowAsync<TReply>(
        string method, IMessage request, MessageParser<TReply> parser, Action<TReply> show, CancellationToken cancel)
        where TReply : class, IMessage<TReply>
    {
        TReply reply = await Channel.CallAsync(method, request, parser, cancel);
        if (Screen.IsJson)
            Screen.Json(reply);
        else
            show(reply);
        return ExitStatus.Done;
    }
}
