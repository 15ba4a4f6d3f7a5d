using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Nnpfs.Cli.Commands;

/// <summary>The usual help, with examples below it, and on the root the exit statuses.</summary>
internal sealed class ExamplesHelp(HelpAction usual, IReadOnlyDictionary<Command, string[]> examples) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int status = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        Command command = parseResult.CommandResult.Command;
        output.WriteLine("Examples:");
        foreach (string example in examples[command])
            output.WriteLine("  " + example);
        output.WriteLine();
        if (command is RootCommand)
            output.WriteLine("PATH is a path on a mount (/mnt/nnpfs/a), or volume:path (docs:a).\n"
                + "Exit status: 0 done, 1 failed, 2 not understood, 3 arlad cannot be reached.");
        return status;
    }
}
