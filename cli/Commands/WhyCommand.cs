using System.CommandLine;
using System.Text;
using System.Text.Json;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Output;
using Nnpfs.Cli.Paths;
using Nnpfs.Posix;

namespace Nnpfs.Cli.Commands;

/// <summary>Asks the mount itself: which way the reads of a file go, arlad does not know.</summary>
internal static class WhyCommand
{
    private const string Attribute = "user.nnpfs.mode";

    public static Command Make(CommandLine line)
    {
        var path = new Argument<string>("PATH") { Description = "a file on a mount", HelpName = "PATH" };
        Command command = line.Verb("why", "Which way the reads of a file go, by the kernel alone or through the driver, and why",
            ["nnpfsctl why /mnt/nnpfs/a/file   passthrough, or what stands in its way", "getfattr -n user.nnpfs.mode FILE   the same"],
            (run, cancel) => RunAsync(run, run.Parsed.GetValue(path)!, TimeSpan.FromSeconds(run.Parsed.GetValue(line.Timeout)), cancel));
        command.Arguments.Add(path);
        return command;
    }

    private static async Task<int> RunAsync(Invocation run, string path, TimeSpan limit, CancellationToken cancel)
    {
        Result<byte[]> value = await MountAttribute.GetAsync(RawArguments.Bytes(path).Memory, Attribute, limit, cancel);
        if (!value.TryGet(out byte[]? mode, out Errno errno))
        {
            run.Screen.Error.WriteLine($"nnpfsctl: {path}: {Explain(errno)}");
            return ExitStatus.Failed;
        }
        string[] words = Encoding.UTF8.GetString(mode).Split(": ", 2);
        run.Screen.Line(run.Screen.IsJson ? Json(path, words[0], words[^1]) : $"{run.Screen.Bold(words[0])}: {words[^1]}");
        return ExitStatus.Done;
    }

    private static string Json(string path, string mode, string reason) =>
        $"{{\"path\":{Quoted(path)},\"mode\":{Quoted(mode)},\"reason\":{Quoted(reason)}}}";

    private static string Quoted(string text) =>
        $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static string Explain(Errno errno) => errno switch
    {
        Errno.ENODATA or Errno.EOPNOTSUPP => "not a file on a mount of nnpfs; give the path of one",
        Errno.ENOENT => "there is no such file",
        Errno.ETIMEDOUT => "the mount does not answer in time; see nnpfsctl waiters",
        _ => $"the mount answers {errno}",
    };
}
