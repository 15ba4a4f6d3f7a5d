using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Output;

namespace Nnpfs.Cli.Commands;

/// <summary>The whole command line: one command per file, and the options that all of them take.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<Command, string[]> _examples = [];

    public CommandLine()
    {
        Root = new("Asks and steers arlad, the daemon that fetches and caches the content of nnpfs mounts.");
        foreach (Option option in new Option[] { Socket, Json, Timeout })
            Root.Options.Add(option);
        foreach (Command command in All(this))
            Root.Subcommands.Add(command);
        _examples[Root] =
        [
            "nnpfsctl status                        what runs, and is it well",
            "nnpfsctl ls docs:linux                 a directory of the volume docs, and what of it is cached",
            "nnpfsctl invalidate -r /mnt/nnpfs/a    ask the origin again for everything beneath a",
            "nnpfsctl prefetch /mnt/nnpfs/b         fetch all of b now",
            "nnpfsctl top                           watch it work",
            "nnpfsctl COMMAND --help                more about one command",
        ];
        foreach (SuggestDirective suggest in Root.Directives.OfType<SuggestDirective>())
            suggest.Action = new Suggestions(Root, suggest);
        foreach (HelpOption help in Root.Options.OfType<HelpOption>())
            help.Action = new ExamplesHelp((HelpAction)help.Action!, _examples);
    }

    public RootCommand Root { get; }

    public Option<string> Socket { get; } = new("--socket")
    {
        Description = $"arlad's admin socket; else ${AdminSocket.Variable}, else {AdminSocket.Default}",
        HelpName = "PATH",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "JSON instead of text: one object a line, as docs/nnpfsctl-json.md describes",
        Recursive = true,
    };

    public Option<double> Timeout { get; } = new("--timeout")
    {
        Description = "how long one answer may take (120)",
        HelpName = "SECONDS",
        Recursive = true,
        DefaultValueFactory = _ => 120,
    };

    /// <summary>A command that calls arlad.</summary>
    /// <param name="name">as typed</param>
    /// <param name="description">one line</param>
    /// <param name="examples">for its help: a command line, blanks, what it does</param>
    /// <param name="run">gives the exit status</param>
    public Command Verb(string name, string description, string[] examples, Func<Invocation, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        command.SetAction(async (parsed, cancel) =>
        {
            using var channel = new AdminChannel(SocketOf(parsed), TimeSpan.FromSeconds(parsed.GetValue(Timeout)));
            return await run(new(parsed, channel, Screen.OfProcess(parsed.GetValue(Json))), cancel);
        });
        _examples[command] = examples;
        return command;
    }

    /// <summary>A command that has commands.</summary>
    public Command Group(string name, string description, string[] examples)
    {
        var command = new Command(name, description);
        _examples[command] = examples;
        return command;
    }

    public string SocketOf(ParseResult parsed) => parsed.GetValue(Socket) ?? AdminSocket.FromEnvironment();

    private static IEnumerable<Command> All(CommandLine line) =>
    [
        StatusCommand.Make(line), VolumesCommand.Make(line), ListCommand.Make(line), StatCommand.Make(line), WhyCommand.Make(line),
        InvalidateCommand.Make(line), PrefetchCommand.Make(line), RecordCommand.Make(line), .. PinCommands.Make(line), FlushCommand.Make(line),
        ReclaimCommand.Make(line), LimitsCommand.Make(line),
        WaitersCommand.Make(line), StatsCommand.Make(line), TopCommand.Make(line), BoostersCommand.Make(line), LogLevelCommand.Make(line), BugReportCommand.Make(line),
    ];
}
