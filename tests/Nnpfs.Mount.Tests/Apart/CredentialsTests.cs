using System.Text;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Apart;

/// <summary>S27: a secret goes to the origin, and nowhere else.</summary>
public sealed class CredentialsTests
{
    private const string User = "reader-of-all", Secret = "Sw0rdfish-never-told";

    [Claim("S27")]
    [MountFact]
    public async Task A_password_is_in_no_log_bundle_attribute_or_argument_list()
    {
        string basic = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{User}:{Secret}"));
        await using var server = new FaultServer();
        server.Files["file"] = new(Pattern.Bytes(100_000), "\"one\"");
        server.Files["bad"] = new(Pattern.Bytes(100_000), "\"two\"");
        server.Alter = (request, reply) => request["Authorization"] != $"Basic {basic}" ? FaultReply.Of(401)
            : request.Path == "/bad" && request.Method == "GET" ? FaultReply.Of(500) : reply;
        using var scratch = new Scratch();
        File.WriteAllText(scratch.Path("user"), $"{User}:{Secret}\n");
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Origin = server.Url,
            VolumeSettings = $"user-file = {scratch.Path("user")}\nretry = 1",
            Settings = "log-level = trace",
            Options = "loglevel=verbose",
        });
        string bundle = scratch.Path("bundle.tar");

        Assert.Equal(Pattern.Bytes(100_000), await mount.ReadFileAsync("file"));
        Assert.False((await mount.TryReadFileAsync("bad")).IsOk);
        await mount.Arlad.CommandAsync("bug-report", bundle);

        string told = string.Join('\n',
        [
            mount.Driver.Output,
            mount.Arlad.Program.Output,
            File.ReadAllText($"/proc/{mount.Driver.Id}/cmdline"),
            File.ReadAllText($"/proc/{mount.Arlad.Program.Id}/cmdline"),
            await mount.Arlad.CommandAsync("status", "--json"),
            await mount.Arlad.CommandAsync("stats", "--all"),
            await mount.Arlad.CommandAsync("stat", "test:/file"),
            .. await Task.WhenAll(new[] { "origin", "version", "last-error" }.Select(async name => $"{await mount.GetXattrAsync("bad", $"user.nnpfs.{name}")}")),
            ChildProgram.Run("tar", "-xOf", bundle).Output,
        ]);

        Assert.Contains(server.Requests, request => request["Authorization"] == $"Basic {basic}");
        Assert.True(told.Length > 2000, told);
        Assert.DoesNotContain(Secret, told, StringComparison.Ordinal);
        Assert.DoesNotContain(basic, told, StringComparison.Ordinal);
    }

    [Claim("S27")]
    [MountFact]
    public async Task A_wrong_password_is_named_without_its_text()
    {
        await using var server = new FaultServer { Alter = (_, _) => FaultReply.Of(401) };
        using var scratch = new Scratch();
        File.WriteAllText(scratch.Path("user"), $"{User}:{Secret}\n");
        await using TestArlad arlad = await TestArlad.StartAsync(
            $"[volume test]\norigin = {server.Url}\nuser-file = {scratch.Path("user")}\nretry = 1");

        (int status, string output) = await ChildProgram.RunAsync(
            "nnpfs", "mount", "test", scratch.Directory("mnt"), "-f", "-o", $"channel={arlad.Channel}");

        Assert.Equal(32, status);
        Assert.DoesNotContain(Secret, output + arlad.Program.Output, StringComparison.Ordinal);
        Assert.Contains("EACCES", output, StringComparison.Ordinal);
    }
}
