using System.CommandLine;
using Nnpfs.Posix;
using Nnpfs.Uloop.Serving;
using Serilog.Extensions.Logging;

namespace Nnpfs.Uloop.Commands;

/// <summary>ulohttp, ulobdev and uloop attach: in the foreground the process of the device, otherwise a start in the background.</summary>
internal static class AttachCommand
{
    private const string Died = "the process ended before the device was ready; its log may say why (see --log)";

    /// <param name="name">attach</param>
    /// <param name="about">for --help</param>
    /// <param name="origin">what the second argument is called, and means</param>
    public static Command Build(string name, string about, (string Name, string Description) origin) => Fill(new Command(name, about), origin);

    /// <summary>As <see cref="Build"/>, for a program of its own.</summary>
    public static RootCommand BuildRoot(string about, (string Name, string Description) origin) => Fill(new RootCommand(about), origin);

    private static T Fill<T>(T command, (string Name, string Description) origin)
        where T : Command
    {
        var device = new Argument<string>("DEVICE") { Description = "/dev/loopN, or auto: any that is free" };
        var from = new Argument<string>(origin.Name) { Description = origin.Description };
        var bitmap = new Option<string?>("-b", "--bitmap") { Description = "File of the filled pages (default: CACHE.bitmap)", HelpName = "BITMAP" };
        var cache = new Option<string?>("-c", "--cache") { Description = "File of the data (default: by the origin, in /var/cache/uloop)", HelpName = "CACHE" };
        var options = new Option<string[]>("-o", "--options") { Description = "Options of the origin, KEY=VALUE, joined by commas: those of arlad.conf(5)", HelpName = "OPTIONS" };
        var sector = new Option<int>("--sector-size") { Description = "Bytes of a sector, 512 or 4096", HelpName = "BYTES", DefaultValueFactory = _ => 512 };
        var exact = new Option<bool>("--exact") { Description = "Fetch the pages that are read, and nothing ahead" };
        var timeout = new Option<int>("--timeout") { Description = "How long a read waits for an origin that is away, then EIO", HelpName = "SECONDS", DefaultValueFactory = _ => 300 };
        var log = new Option<string?>("--log") { Description = $"Log file (default: stderr with -f, else {LogSetup.DefaultFile})", HelpName = "FILE" };
        var debug = new Option<bool>("--debug") { Description = "Log a line per request of the kernel" };
        var foreground = new Option<bool>("-f", "--foreground") { Description = "Do not go to the background; tell systemd when ready (Type=notify)" };
        sector.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (512 or 4096))
                result.AddError("a sector has 512 or 4096 bytes");
        });
        foreach (Symbol symbol in (Symbol[])[device, from, bitmap, cache, options, sector, exact, timeout, log, debug, foreground])
        {
            if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else
                command.Options.Add((Option)symbol);
        }
        command.SetAction((parsed, _) =>
        {
            Readiness readiness = Readiness.FromEnvironment(command is RootCommand ? Invocation.Name : "uloop", Console.Error);
            string name = parsed.GetRequiredValue(device);
            if (name != "auto" && LoopDevice.NumberOf(name) is null)
                return Task.FromResult(readiness.Fail(new(ExitStatus.Usage, $"'{name}' is no loop device: write /dev/loopN, or auto")));
            if (OriginOptions.Parse(parsed.GetValue(options) ?? [], out Dictionary<string, string> pairs) is { } wrong)
                return Task.FromResult(readiness.Fail(wrong));
            if (!Privileges.IsRoot)
                return Task.FromResult(readiness.Fail(new(ExitStatus.Usage, "loop devices need root")));
            var start = new ServeOptions(name == "auto" ? null : LoopDevice.NumberOf(name), Absolute(parsed.GetRequiredValue(from)))
            {
                Bitmap = parsed.GetValue(bitmap),
                Cache = parsed.GetValue(cache),
                OriginOptions = pairs,
                SectorSize = parsed.GetValue(sector),
                Exact = parsed.GetValue(exact),
                Patience = TimeSpan.FromSeconds(Math.Max(parsed.GetValue(timeout), 1)),
            };
            return RunAsync(start, parsed.GetValue(foreground), parsed.GetValue(log), parsed.GetValue(debug), readiness);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServeOptions options, bool foreground, string? log, bool debug, Readiness readiness)
    {
        if (!foreground && !readiness.InBackground)
            return StartInBackground(readiness);
        using SerilogLoggerFactory logs = LogSetup.Make(log ?? (readiness.InBackground ? LogSetup.DefaultFile : null), debug);
        return await new ServeRun(options, readiness, logs.CreateLogger("uloop")).RunAsync();
    }

    /// <summary>The same command once more; the pipe that it is handed makes it stay.</summary>
    private static int StartInBackground(Readiness readiness)
    {
        if (Background.Start(Invocation.Arguments, Died, out string told) is { } failure)
            return readiness.Fail(failure);
        Console.Out.WriteLine(told);
        return ExitStatus.Success;
    }

    private static string Absolute(string origin) =>
        origin.Contains("://", StringComparison.Ordinal) ? origin : Path.GetFullPath(origin);
}
