using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>The script of bash, sourced by bash and asked as it would ask.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("nnpfsctl st", "stat stats status")]
    [InlineData("nnpfsctl invalidate --r", "--recursive")]
    [InlineData("nnpfsctl ls do", "docs:")]
    [InlineData("nnpfsctl flush --volume so", "source")]
    [InlineData("nnpfsctl log-level w", "warning")]
    public async Task Bash_completes_commands_options_and_volumes(string line, string expected)
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string script = System.IO.Path.Combine(RepositoryRoot(), "cli/completion/nnpfsctl.bash");
        string ask = $"source {script}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({Ctl.Program}); _nnpfsctl; echo \"${{COMPREPLY[*]}}\"";
        using var child = Ctl.Start(admin.Socket, "/bin/bash", "-c", ask);
        string output = await child.StandardOutput.ReadToEndAsync().WaitAsync(Patience.Limit);
        Assert.Equal(expected, string.Join(' ', output.Trim().Split(' ').Order(StringComparer.Ordinal)));
    }

    private static string RepositoryRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(directory, "Nnpfs.sln")))
            directory = System.IO.Path.GetDirectoryName(directory)!;
        return directory;
    }
}
