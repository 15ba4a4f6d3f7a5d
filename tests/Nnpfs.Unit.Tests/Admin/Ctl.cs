using System.Diagnostics;
using System.Runtime.InteropServices;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>The built nnpfsctl as a child process, its two streams apart, never on a terminal.</summary>
internal static class Ctl
{
    public static string Program => Path.Combine(AppContext.BaseDirectory, "nnpfsctl");

    public static async Task<CtlRun> RunAsync(string socket, params string[] arguments)
    {
        using Process child = Start(socket, Program, arguments);
        Task<string> output = child.StandardOutput.ReadToEndAsync(), error = child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync().WaitAsync(Patience.Limit);
        return new(child.ExitCode, await output, await error);
    }

    public static Process Start(string socket, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        start.Environment["NNPFS_ADMIN"] = socket;
        Process child = Process.Start(start)!;
        child.StandardInput.Close();
        return child;
    }
}

internal sealed record CtlRun(int Status, string Out, string Error);
