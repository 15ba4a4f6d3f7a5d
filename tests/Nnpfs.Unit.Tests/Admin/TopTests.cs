using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>nnpfsctl's views that go on and on, on a terminal: top draws, draws anew in its place, and leaves the terminal as it was.</summary>
public sealed class TopTests
{
    [ProgramFact("python3")]
    public async Task Top_draws_in_place_until_it_is_interrupted()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string[][] steps = [Terminal.Expect("nobody waits"), Terminal.Expect("nobody waits"), Terminal.Expect("nobody waits"), Terminal.Interrupt];

        (int status, string shown) = await Terminal.RunAsync(admin.Socket, steps, Ctl.Program, "top", "--interval", "0.1");

        Assert.True(status == 0, $"status {status}: {shown}");
        Assert.Contains("from the cache", shown, StringComparison.Ordinal);
        Assert.Matches(@"\e\[\d*A", shown); // back up, to draw over the last look
        AssertCursorIsBack(shown);
        Assert.DoesNotContain("interrupted", shown, StringComparison.Ordinal);
    }

    [ProgramFact("python3")]
    public async Task Top_with_a_count_ends_by_itself()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();

        (int status, string shown) = await Terminal.RunAsync(admin.Socket, [], Ctl.Program, "top", "--interval", "0.1", "--count", "3");

        Assert.True(status == 0, shown);
        AssertCursorIsBack(shown);
    }

    [ProgramFact("python3")]
    public async Task Top_that_loses_arlad_says_so_and_gives_the_terminal_back()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string seen = admin.ScratchPath("seen");
        string[][] steps = [Terminal.Expect("nobody waits"), ["touch", seen]];
        Task<(int Status, string Shown)> run = Terminal.RunAsync(admin.Socket, steps, Ctl.Program, "top", "--interval", "0.1");
        await Patience.UntilAsync(() => File.Exists(seen) || run.IsCompleted, "the first look");
        await admin.StopAsync();

        (int status, string shown) = await run;

        Assert.True(status == 1, $"status {status}: {shown}");
        Assert.Contains("nnpfsctl: ", shown, StringComparison.Ordinal);
        AssertCursorIsBack(shown);
    }

    [ProgramFact("python3")]
    public async Task Stats_that_are_followed_end_well_when_they_are_interrupted()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();

        (int status, string shown) = await Terminal.RunAsync(
            admin.Socket, [Terminal.Expect("CALLS/S"), Terminal.Interrupt], Ctl.Program, "stats", "--follow", "--interval", "0.1");

        Assert.True(status == 0, $"status {status}: {shown}");
        Assert.DoesNotContain("interrupted", shown, StringComparison.Ordinal);
    }

    private static void AssertCursorIsBack(string shown) =>
        Assert.True(shown.LastIndexOf("\e[?25h", StringComparison.Ordinal) >= shown.LastIndexOf("\e[?25l", StringComparison.Ordinal), Regex.Escape(shown));
}
