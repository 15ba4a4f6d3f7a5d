using System.Runtime.CompilerServices;
using Nnpfs.Daemon.Configuration;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>Clients that others made: Python's grpcio as Debian has it, curl, and both as users whom arlad does not know.</summary>
public sealed class StockClientTests
{
    private static string Repository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../../.."));

    private static string Client => Path.Combine(Repository(), "tests/clients/python/every_method.py");

    [GrpcioFact]
    public async Task A_stock_python_client_calls_every_method()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        (int status, string output) = await ChildProgram.RunAsync("/usr/bin/python3", Client, admin.Socket, Path.Combine(Repository(), "proto"));
        Assert.True(status == 0 && output.TrimEnd().EndsWith("ok", StringComparison.Ordinal), output);
    }

    [ProgramFact("curl")]
    public async Task Metrics_are_served_to_http_1_on_the_admin_socket_and_on_a_loopback_port()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync(metricsPort: 0);
        (int status, string output) = await ChildProgram.RunAsync("curl", "-sS", "--fail", "--unix-socket", admin.Socket, "http://localhost/metrics");
        Assert.Equal(0, status);
        Assert.Contains("nnpfs_mounts{volume=\"docs\"} 0", output, StringComparison.Ordinal);
        (status, output) = await ChildProgram.RunAsync("curl", "-sS", "--fail", $"http://127.0.0.1:{admin.MetricsPort}/metrics");
        Assert.Equal(0, status);
        Assert.Contains("nnpfs_build_info{version=", output, StringComparison.Ordinal);
    }

    [ProgramFact("curl")]
    public async Task The_metrics_port_serves_nothing_else()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync(metricsPort: 0);
        (_, string output) = await ChildProgram.RunAsync("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--http2-prior-knowledge",
            "-H", "content-type: application/grpc", "--data-binary", "", $"http://127.0.0.1:{admin.MetricsPort}/nnpfs.admin.v1.Admin/Status");
        Assert.Equal("404", output);
    }

    [RootFact]
    public async Task Another_user_is_refused_and_told_so()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal("403", await CodeAsync(admin, "--clear-groups"));
    }

    [RootFact]
    public async Task A_user_or_a_group_that_the_configuration_names_is_let_in()
    {
        await using AdminFixture byGroup = await AdminFixture.StartAsync(new PeerRule { Groups = [4242] });
        Assert.Equal("200", await CodeAsync(byGroup, "--groups=17,4242")); // a supplementary group
        Assert.Equal("403", await CodeAsync(byGroup, "--groups=17"));
        await using AdminFixture byUser = await AdminFixture.StartAsync(new PeerRule { Users = [65534] });
        Assert.Equal("200", await CodeAsync(byUser, "--clear-groups"));
    }

    private static async Task<string> CodeAsync(AdminFixture admin, string groups)
    {
        (_, string output) = await ChildProgram.RunAsync("setpriv", "--reuid=65534", "--regid=65534", groups,
            "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", admin.Socket, "http://localhost/metrics");
        return output;
    }
}

/// <summary>Skipped where Debian's python3-grpcio and python3-grpc-tools are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GrpcioFactAttribute : FactAttribute
{
    public GrpcioFactAttribute() => Skip = File.Exists("/usr/bin/python3")
        && ChildProgram.Run("/usr/bin/python3", "-c", "import grpc, grpc_tools").Status == 0
        ? null
        : "python3-grpcio and python3-grpc-tools are not installed";
}
