using System.CommandLine;
using Nnpfs.Uloop.Commands;

// The map of the process: command line -> ServeRun (Serving/) -> the image (Filling/: cache, bitmap, fetches from its origin), the private
// FUSE file that shows it (Serving/), the loop device on that (Devices/), and the socket for commands (Control/).
string calledAs = File.ReadAllText("/proc/self/cmdline").Split('\0')[0]; // the runtime hides the name of a link
string[] arguments = Invocation.Begin(calledAs, args);
ParseResult parsed = UloopCommand.Build(Invocation.Name).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
{
    string problems = string.Join("; ", parsed.Errors.Select(error => error.Message.TrimEnd('.')));
    Console.Error.WriteLine($"{Invocation.Name}: {problems} (see {Invocation.Name} --help)");
    return ExitStatus.Usage;
}
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
