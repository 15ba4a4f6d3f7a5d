using System.CommandLine;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Commands;

var line = new CommandLine();
ParseResult parsed = line.Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
{
    string command = parsed.CommandResult.Command is RootCommand ? "nnpfsctl" : $"nnpfsctl {parsed.CommandResult.Command.Name}";
    return Fail(string.Join("; ", parsed.Errors.Select(error => error.Message.TrimEnd('.'))) + $" (see {command} --help)", ExitStatus.Usage);
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (UsageException e)
{
    return Fail(e.Message, ExitStatus.Usage);
}
catch (UnreachableException e)
{
    return Fail(e.Message, ExitStatus.Unreachable);
}
catch (AdminException e)
{
    return Fail(e.Message.Length > 0 ? e.Message : e.Code.ToString(), ExitStatus.Failed);
}
catch (OperationCanceledException)
{
    return Fail("interrupted", ExitStatus.Failed);
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    return Fail(e.Message, ExitStatus.Failed);
}

static int Fail(string message, int status)
{
    Console.Error.WriteLine("nnpfsctl: " + message);
    return status;
}
