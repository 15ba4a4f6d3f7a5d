using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Nnpfs.Cli.Commands;

/// <summary>Answers "[suggest:POSITION] LINE", by which shells ask what may stand at a position of a line: one word a line.</summary>
/// <remarks>A word that is a command's whole name counts as that command, of which nothing begins so: then the commands beside it are
/// offered that begin as it does, and it is among them.</remarks>
internal sealed class Suggestions(RootCommand root, Directive directive) : SynchronousCommandLineAction
{
    /// <summary>The line is no argument of ours.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        string line = parseResult.Tokens.LastOrDefault(token => token.Type != TokenType.Directive)?.Value ?? "";
        string? position = parseResult.GetResult(directive)?.Values.SingleOrDefault();
        if (int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out int end) && end < line.Length)
            line = line[..end];
        string[] found = Of(line);
        if (found.Length == 0)
        {
            int word = line.LastIndexOf(' ') + 1;
            found = [.. Of(line[..word]).Where(offer => offer.StartsWith(line[word..], StringComparison.Ordinal))];
        }
        parseResult.InvocationConfiguration.Output.WriteLine(string.Join('\n', found));
        return ExitStatus.Done;
    }

    private string[] Of(string line) => [.. root.Parse(line).GetCompletions(line.Length).Select(offer => offer.InsertText ?? offer.Label)];
}
