using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>An https:// origin with a host name, an authority and a password, read by an arlad that has nothing but its jail.</summary>
public sealed class SecureOriginTests : IAsyncLifetime
{
    private const string User = "reader", Password = "only-in-the-jail";
    private static readonly byte[] Content = Pattern.Bytes(3_000_000);

    private readonly TestAuthority _authority = new();
    private readonly Setup _setup = new();
    private WebServer _site = null!;

    public async Task InitializeAsync()
    {
        _site = await Nginx.StartAsync(tls: _authority, server: "auth_basic all; auth_basic_user_file {folder}/users;");
        File.WriteAllText($"{_site.Folder}/users", $"{User}:{{PLAIN}}{Password}\n");
        ChildProgram.Run("chmod", "-R", "a+rX", _site.Folder);
        _site.Write("folder/file", Content);
    }

    public async Task DisposeAsync()
    {
        await _setup.DisposeAsync();
        _site?.Dispose();
        _authority.Dispose();
    }

    [MountFact]
    public async Task A_name_of_the_hosts_file_an_authority_and_a_password_of_its_own()
    {
        string volume = await UpAsync("user-file = /etc/web-user\nca-file = /etc/web-ca.pem");
        File.AppendAllText($"{_setup.Jail}/etc/hosts", $"127.0.0.1 {TestAuthority.HostName}\n");

        Assert.Equal(Content, await MountAndReadAsync(volume));
    }

    [MountFact]
    public async Task A_name_of_the_name_server_and_an_authority_of_the_machine()
    {
        using var names = new NameServer();
        string volume = await UpAsync("user-file = /etc/web-user");
        File.WriteAllText($"{_setup.Jail}/etc/resolv.conf", $"nameserver {NameServer.Address}\n");
        File.AppendAllText($"{_setup.Jail}/etc/ssl/certs/ca-certificates.crt", _authority.Pem);

        Assert.Equal(Content, await MountAndReadAsync(volume));
        Assert.True(names.Questions > 0);
    }

    [MountFact]
    public async Task An_authority_that_the_jail_does_not_know_is_refused_and_the_log_says_why()
    {
        string volume = await UpAsync("user-file = /etc/web-user");
        File.AppendAllText($"{_setup.Jail}/etc/hosts", $"127.0.0.1 {TestAuthority.HostName}\n");

        (int status, string said) = await MountAsync(volume);

        Assert.Equal(32, status);
        Assert.Contains(TestAuthority.HostName, said, StringComparison.Ordinal);
        Assert.Contains("certificate", File.ReadAllText($"{_setup.Jail}/log/arlad.log"), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>arlad up, by a configuration of the user's own; nothing is mounted.</summary>
    /// <returns>the volume's name</returns>
    private async Task<string> UpAsync(string settings)
    {
        string origin = $"https://{TestAuthority.HostName}:{_site.Port}/", etc = $"{_setup.Jail}/etc";
        await UpAsync("--jail-only", origin);
        string[] lines = File.ReadAllLines($"{etc}/arlad.conf");
        File.WriteAllText($"{etc}/arlad.conf", $"{string.Join('\n', lines[1..])}\nretry = 1\n{settings}\n");
        File.WriteAllText($"{etc}/web-ca.pem", _authority.Pem);
        File.WriteAllText($"{etc}/web-user", $"{User}:{Password}\n");
        ChildProgram.Run("chown", "arlad", $"{etc}/web-user");
        ChildProgram.Run("chmod", "400", $"{etc}/web-user");
        await UpAsync("--no-mount", origin);
        return lines.Single(line => line.StartsWith("[volume ", StringComparison.Ordinal))["[volume ".Length..^1];
    }

    private async Task UpAsync(params string[] arguments)
    {
        (int status, string said) = await _setup.RunAsync("up", arguments);
        Assert.True(status == 0, said);
    }

    private async Task<(int Status, string Output)> MountAsync(string volume) => await ChildProgram.RunAsync(
        "nnpfs", "mount", volume, Directory.CreateDirectory(_setup.MountPoint).FullName, "-o", $"jail={_setup.Jail},log={_setup.MountPoint}.log");

    private async Task<byte[]> MountAndReadAsync(string volume)
    {
        (int status, string said) = await MountAsync(volume);
        Assert.True(status == 0, $"{said}\n{File.ReadAllText($"{_setup.Jail}/log/arlad.log")}");
        return await Patience.GuardAsync(() => File.ReadAllBytes($"{_setup.MountPoint}/folder/file"), () => MountTable.Abort(_setup.MountPoint));
    }
}
