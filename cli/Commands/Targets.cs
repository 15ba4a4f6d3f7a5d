using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Paths;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

/// <summary>The arguments and options that name things: PATH, --node, --volume.</summary>
internal static class Targets
{
    /// <summary>One PATH, which may be left out.</summary>
    public static Argument<string> Path(CommandLine line, string description) =>
        Complete(line, new Argument<string>("PATH") { Arity = ArgumentArity.ZeroOrOne, Description = description, HelpName = "PATH" });

    /// <summary>One PATH or more.</summary>
    public static Argument<string[]> Paths(CommandLine line, string description) =>
        Complete(line, new Argument<string[]>("PATH") { Arity = ArgumentArity.OneOrMore, Description = description, HelpName = "PATH" });

    public static Option<string> Volume(CommandLine line)
    {
        var volume = new Option<string>("--volume") { Description = "all of this volume", HelpName = "VOLUME" };
        volume.CompletionSources.Add(context => Completion.Volumes(line, context, ""));
        return volume;
    }

    public static Option<string> Node() => new("--node")
    {
        Description = "the node of this number, in hex as ls and stat show it",
        HelpName = "NODE",
    };

    /// <summary>Each path, resolved. Throws <see cref="UsageException"/> for one that names nothing.</summary>
    public static IReadOnlyList<Target> Of(IEnumerable<string> paths)
    {
        MountTable mounts = MountTable.OfProcess();
        return [.. paths.Select(path => Of(path, mounts))];
    }

    public static Target OfNode(string node, string? volume)
    {
        string digits = node.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? node[2..] : node;
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong number) && number != 0
            ? new() { Node = number, Volume = volume ?? "" }
            : throw new UsageException($"{node}: not the number of a node: hex digits, as nnpfsctl ls and stat show it");
    }

    public static Target Of(string path) => Of(path, MountTable.OfProcess());

    private static Target Of(string path, MountTable mounts) =>
        PathArgument.Resolve(path, mounts, Environment.CurrentDirectory, out Target? target) is var error && target is not null
            ? target
            : throw new UsageException(error);

    private static TArgument Complete<TArgument>(CommandLine line, TArgument paths)
        where TArgument : Argument
    {
        paths.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
                result.AddError($"{option.Value}: no such option (a path that begins with - is written ./{option.Value})");
        });
        paths.CompletionSources.Add(context => Completion.Volumes(line, context, ":"));
        return paths;
    }
}

/// <summary>The command line says what cannot be done.</summary>
internal sealed class UsageException(string message) : Exception(message);
