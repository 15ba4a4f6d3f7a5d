using Nnpfs.Origins;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Unit.Tests.Http;

/// <summary>The contract of every origin, over a real web server.</summary>
public abstract class WebServerContract(ContractServer server) : OriginContract
{
    protected override async Task<IOrigin> MakeAsync() => TestOrigin.Make(await server.UrlAsync(Files()));

    protected override Task ChangeAsync(OriginPath path, byte[] content)
    {
        server.Change(path, content);
        return Task.CompletedTask;
    }
}

/// <summary>One server for all the tests of one class: they change nothing but the small file, and that differently each time.</summary>
public abstract class ContractServer(string program, Func<Task<WebServer>> start) : IDisposable
{
    private WebServer? _server;

    public async Task<string> UrlAsync(IEnumerable<(OriginPath Path, byte[] Content)> files)
    {
        if (Facilities.Program(program) is { } missing)
            throw new InvalidOperationException("$XunitDynamicSkip$" + missing); // how xunit is told to skip a test that runs already
        if (_server is not null)
            return _server.Url;
        _server = await start();
        foreach ((OriginPath path, byte[] content) in files)
            HostTree.Write(_server.Content, path, content);
        // Servers take what changed a second ago for uncertain.
        ChildProgram.Run("find", _server.Content, "-type", "f", "-exec", "touch", "-d", "-1 hour", "{}", "+");
        return _server.Url;
    }

    public void Change(OriginPath path, byte[] content) => HostTree.Write(_server!.Content, path, content);

    public void Dispose()
    {
        _server?.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class NginxHtmlContract(NginxHtmlContract.Server server) : WebServerContract(server), IClassFixture<NginxHtmlContract.Server>
{
    public sealed class Server() : ContractServer("nginx", () => Nginx.StartAsync());
}

public sealed class NginxJsonContract(NginxJsonContract.Server server) : WebServerContract(server), IClassFixture<NginxJsonContract.Server>
{
    public sealed class Server() : ContractServer("nginx", () => Nginx.StartAsync(json: true));
}

public sealed class ApacheTableContract(ApacheTableContract.Server server) : WebServerContract(server), IClassFixture<ApacheTableContract.Server>
{
    public sealed class Server() : ContractServer("apache2", () => Apache.StartAsync());
}

public sealed class ApachePlainContract(ApachePlainContract.Server server) : WebServerContract(server), IClassFixture<ApachePlainContract.Server>
{
    public sealed class Server() : ContractServer("apache2", () => Apache.StartAsync("None"));
}

/// <summary>Python's server cannot name files whose names are no text.</summary>
public sealed class PythonContract(PythonContract.Server server) : WebServerContract(server), IClassFixture<PythonContract.Server>
{
    protected override bool HasRawNames => false;

    public sealed class Server() : ContractServer("/usr/bin/python3", PythonServer.StartAsync);
}
