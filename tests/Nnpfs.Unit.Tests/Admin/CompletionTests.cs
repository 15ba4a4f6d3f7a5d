using System.Diagnostics;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>The scripts of the three shells, each read by its shell and asked as it would ask.</summary>
public sealed class CompletionTests
{
    private static readonly string _folder = System.IO.Path.GetDirectoryName(Ctl.Program)!;

    [Theory]
    [InlineData("nnpfsctl st", "stat stats status")]
    [InlineData("nnpfsctl stat", "stat stats status")]
    [InlineData("nnpfsctl record", "record")]
    [InlineData("nnpfsctl invalidate --r", "--recursive")]
    [InlineData("nnpfsctl rec", "reclaim record")]
    [InlineData("nnpfsctl ls do", "docs:")]
    [InlineData("nnpfsctl flush --volume so", "source")]
    [InlineData("nnpfsctl log-level w", "warning")]
    public async Task Bash_completes_commands_options_and_volumes(string line, string expected)
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string script = Checkout.At("cli/completion/nnpfsctl.bash");
        string ask = $"source {script}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({Ctl.Program}); _nnpfsctl; echo \"${{COMPREPLY[*]}}\"";
        await OffersAsync(expected, ' ', admin.Socket, "/bin/bash", "-c", ask);
    }

    [ProgramFact("fish")]
    public async Task Fish_completes_commands_options_and_volumes()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        foreach ((string line, string expected) in ((string, string)[])[("st", "stat stats status"), ("invalidate --r", "--recursive"), ("ls do", "docs:"), ("log-level w", "warning")])
        {
            string ask = $"set -x PATH {_folder} $PATH; source {Checkout.At("cli/completion/nnpfsctl.fish")}; complete -C 'nnpfsctl {line}'";
            await OffersAsync(expected, '\n', admin.Socket, Facilities.FindProgram("fish")!, "--no-config", "-c", ask);
        }
    }

    /// <summary>At a prompt, with the tabulator: zsh completes nowhere else.</summary>
    [ProgramFact("zsh python3")]
    public async Task Zsh_completes_commands_options_and_volumes()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string prepare = $"PS1='> '; path=({_folder} $path); fpath=({Checkout.At("cli/completion")} $fpath); autoload -U compinit; compinit -u -D; echo rea''dy\r";
        // What follows the keys that were typed, since the terminal shows no more than that.
        string[][] steps =
        [
            Terminal.Send(prepare), Terminal.Expect("ready"), Terminal.Expect("> "),
            Terminal.Send("nnpfsctl invalidate --r"), Terminal.Press("\t", "ecursive"), Terminal.Send("\u0015"),
            Terminal.Send("nnpfsctl ls do"), Terminal.Press("\t", "cs:"), Terminal.Send("\u0015"),
            Terminal.Send("nnpfsctl log-level w"), Terminal.Press("\t", "arning"), Terminal.Send("\u0015"),
            Terminal.Send("nnpfsctl stat"), Terminal.Press("\t", "stats"), Terminal.Send("\u0015"),
            Terminal.Send("nnpfsctl p"), Terminal.Press("\t", "prefetch"), Terminal.Send("\u0015"),
            Terminal.Send("exit 0\r"),
        ];

        (int status, string shown) = await Terminal.RunAsync(admin.Socket, steps, "zsh", "-f", "-i");

        Assert.True(status == 0, shown);
    }

    /// <summary>Asked again while nothing is offered: completion is silent when it is slow.</summary>
    private static async Task OffersAsync(string expected, char divider, string socket, string shell, params string[] arguments)
    {
        string offered = "";
        await Patience.UntilAsync(
            async () =>
            {
                using Process child = Ctl.Start(socket, shell, arguments);
                string output = await child.StandardOutput.ReadToEndAsync().WaitAsync(Patience.Limit);
                IEnumerable<string> words = output.Split(divider, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(found => found.Split('\t')[0]);
                offered = string.Join(' ', words.Order(StringComparer.Ordinal));
                return offered.Length > 0;
            },
            "an offer");
        Assert.Equal(expected, offered);
    }
}
