using System.Diagnostics.CodeAnalysis;
using Nnpfs.Driver.Mounting;

namespace Nnpfs.Driver.Commands;

/// <summary>mount.nnpfs VOLUME MOUNTPOINT [-sfnvrw] [-N NAMESPACE] [-t TYPE] [-o OPTIONS]: how mount(8) calls a helper.</summary>
/// <remarks>SOURCE: mount(8), "External helpers". Its flags are not ours: -f means to do everything but the mount.</remarks>
internal static class MountHelper
{
    public const string Name = "mount.nnpfs";

    private const string Usage = "usage: mount.nnpfs VOLUME MOUNTPOINT [-sfnvrw] [-N NAMESPACE] [-t TYPE] [-o OPTIONS]; people use: nnpfs mount --help";

    /// <summary>How we were called: by a link of that name, or with the name as the first argument.</summary>
    public static bool IsCalled(string calledAs, string[] arguments, out string[] rest)
    {
        bool byLink = Path.GetFileName(calledAs) == Name, byArgument = arguments is [Name, ..];
        rest = byArgument && !byLink ? arguments[1..] : arguments;
        return byLink || byArgument;
    }

    public static Task<int> RunAsync(string[] arguments, OpenVolume open)
    {
        if (!TryParse(arguments, out HelperCall? call))
        {
            Console.Error.WriteLine(Usage);
            return Task.FromResult(ExitStatus.Usage);
        }
        var start = new MountOptions(call.Volume, call.MountPoint);
        if (!call.Fake)
            return MountCommand.RunAsync(start, call.Options, foreground: false, fromMount8: true, open);
        Failure? wrong = OptionParser.Parse(start, call.Options, fromMount8: true, out _);
        return Task.FromResult(wrong is null ? ExitStatus.Success : new Readiness("nnpfs", null, Console.Error).Fail(wrong));
    }

    internal static bool TryParse(string[] arguments, [NotNullWhen(true)] out HelperCall? call)
    {
        call = null;
        var places = new List<string>();
        var options = new List<string>();
        bool fake = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "-o" or "-t" or "-N")
            {
                if (++i == arguments.Length)
                    return false;
                if (argument == "-o")
                    options.Add(arguments[i]);
            }
            else if (argument.Length > 1 && argument[0] == '-')
            {
                if (!argument.Skip(1).All("sfnvrw".Contains))
                    return false;
                fake |= argument.Contains('f', StringComparison.Ordinal);
            }
            else
                places.Add(argument);
        }
        if (places.Count != 2)
            return false;
        call = new(places[0], places[1], string.Join(',', options), fake);
        return true;
    }
}

/// <param name="Volume">a volume of arlad</param>
/// <param name="MountPoint">a directory</param>
/// <param name="Options">joined by commas</param>
/// <param name="Fake">-f: check, do not mount</param>
internal sealed record HelperCall(string Volume, string MountPoint, string Options, bool Fake);
