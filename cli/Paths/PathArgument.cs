using System.Text;
using Google.Protobuf;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Paths;

/// <summary>What a PATH on the command line names: "volume:path", or a path on a mount.</summary>
/// <remarks>
/// INVARIANT: nothing beneath a mount of Nnpfs is touched, not even the mount point: this must answer while the mount hangs. Outside of
/// mounts, symbolic links are followed by readlink(2), one component at a time.
/// </remarks>
internal static class PathArgument
{
    private const int MaxLinks = 40; // as the kernel has it

    /// <param name="argument">as the user wrote it</param>
    /// <param name="mounts">of this process</param>
    /// <param name="current">the working directory</param>
    /// <param name="target">what it names; null = nothing, and then there is an error</param>
    /// <returns>what is wrong and what to do; empty = nothing</returns>
    public static string Resolve(string argument, MountTable mounts, string current, out Target? target)
    {
        target = OfVolume(argument);
        if (target is not null)
            return "";
        if (argument.Length == 0)
            return "an empty path names nothing: give a path on a mount, or volume:path";
        target = OnMount(System.IO.Path.Combine(current, argument), mounts);
        return target is not null ? "" : NotOnMount(argument, mounts);
    }

    // "docs:a/b": a colon before any slash. "./a:b" is a path.
    private static Target? OfVolume(string argument)
    {
        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || argument.AsSpan(0, colon).Contains('/'))
            return null;
        return new() { Volume = argument[..colon], Path = RawArguments.Bytes(argument[(colon + 1)..].Trim('/')) };
    }

    private static Target? OnMount(string path, MountTable mounts)
    {
        MountRow mount = default;
        var walked = new List<string>();  // components from "/", links resolved
        int inMount = 0;                  // how many of them lead to the mount
        var ahead = new Stack<string>();
        int links = 0;
        Push(ahead, path);
        if (mounts.TryGet("/", out MountRow root))
            mount = root;
        while (ahead.TryPop(out string? name))
        {
            if (name == "..")
            {
                walked.RemoveRange(Math.Max(walked.Count - 1, 0), Math.Min(walked.Count, 1));
                if (walked.Count < inMount)
                    (mount, inMount) = MountOf(walked, mounts);
                continue;
            }
            walked.Add(name);
            string here = "/" + string.Join('/', walked);
            if (mounts.TryGet(here, out MountRow found))
                (mount, inMount) = (found, walked.Count);
            else if (mount.Volume is null && LinkAt(here) is { } link && ++links <= MaxLinks)
                Follow(walked, ahead, link, ref mount, ref inMount, mounts);
        }
        return mount.Volume is null ? null : TargetOf(mount, walked.Skip(inMount));
    }

    private static void Follow(
        List<string> walked, Stack<string> ahead, string link, ref MountRow mount, ref int inMount, MountTable mounts)
    {
        walked.RemoveAt(walked.Count - 1);
        if (link.StartsWith('/'))
        {
            walked.Clear();
            (mount, inMount) = MountOf(walked, mounts);
        }
        Push(ahead, link);
    }

    private static (MountRow, int) MountOf(List<string> walked, MountTable mounts)
    {
        for (int count = walked.Count; count > 0; count--)
        {
            if (mounts.TryGet("/" + string.Join('/', walked.Take(count)), out MountRow found))
                return (found, count);
        }
        return (mounts.TryGet("/", out MountRow root) ? root : default, 0);
    }

    private static Target TargetOf(MountRow mount, IEnumerable<string> beneath)
    {
        string inVolume = string.Join('/', [.. mount.Root.Split('/', StringSplitOptions.RemoveEmptyEntries), .. beneath]);
        return new() { Volume = mount.Volume, Path = RawArguments.Bytes(inVolume) };
    }

    private static void Push(Stack<string> ahead, string path)
    {
        foreach (string name in path.Split('/').Where(name => name is not ("" or ".")).Reverse())
            ahead.Push(name);
    }

    private static string? LinkAt(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NotOnMount(string argument, MountTable mounts)
    {
        string[] points = [.. mounts.OfNnpfs.Select(mount => mount.Point).Order(StringComparer.Ordinal)];
        string where = points.Length == 0 ? "there is no mount here" : $"there are {string.Join(", ", points)}";
        return $"{argument}: not on a mount of nnpfs ({where}); give a path on a mount, or volume:path";
    }
}
