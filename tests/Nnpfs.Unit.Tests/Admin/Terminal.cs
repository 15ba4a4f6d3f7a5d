using System.Diagnostics;
using System.Text.Json;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>A program on a terminal of its own, by terminal.py, which fails when the terminal is not left as it was.</summary>
internal static class Terminal
{
    public static string[] Expect(string text) => ["expect", text];

    public static string[] Send(string keys) => ["send", keys];

    /// <summary>Again every few seconds until the text comes: what the keys ask for may give up when the machine is slow.</summary>
    public static string[] Press(string keys, string text) => ["press", keys, text];

    public static string[] Interrupt => ["interrupt"];

    /// <returns>its status, and all that the terminal was sent</returns>
    public static async Task<(int Status, string Shown)> RunAsync(string socket, string[][] steps, params string[] command)
    {
        string script = Checkout.At("tests/Nnpfs.Unit.Tests/Admin/terminal.py");
        using Process child = Ctl.Start(socket, "python3", [script, JsonSerializer.Serialize(steps), .. command]);
        Task<string> shown = child.StandardOutput.ReadToEndAsync(), wrong = child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync().WaitAsync(Patience.Limit * 3);
        return (child.ExitCode, await shown + await wrong);
    }
}
