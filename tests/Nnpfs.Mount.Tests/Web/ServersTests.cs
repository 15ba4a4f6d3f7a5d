using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Web;

/// <summary>Real web servers, mounted: what people do with a tree gives what it gives in the served directory.</summary>
public sealed class ServersTests
{
    // Sizes are as the origin has them; times and modes are not told by every server.
    private const string Facts = "cd \"$1\" && find . -printf '%P|%y\\n' -o -true | LC_ALL=C sort | LC_ALL=C cat -v; cd \"$1\" && find . -type f -printf '%P|%s\\n' | LC_ALL=C sort | LC_ALL=C cat -v";

    public static TheoryData<string> Kinds => ["nginx", "nginx-json", "apache", "apache-plain", "python"];

    [Claim("S1")]
    [MountTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_served_tree_is_the_tree_on_the_mount(string kind)
    {
        using WebServer server = await ServeAsync(kind);
        Fill(server);
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = server.Url });

        Assert.Equal(await ShellAsync(Facts, server.Content), await ShellAsync(Facts, mount.Root));
        Assert.Equal("", await ShellAsync("diff -r \"$1\" \"$2\"", server.Content, mount.Root));
        Assert.Contains("No such file", await ShellAsync("cat \"$1\" 2>&1 || true", mount.At("a dir/none")), StringComparison.Ordinal);
    }

    private static Task<WebServer> ServeAsync(string kind) => kind switch
    {
        "nginx" => Nginx.StartAsync(),
        "nginx-json" => Nginx.StartAsync(json: true),
        "apache" => Apache.StartAsync(),
        "apache-plain" => Apache.StartAsync("None"),
        _ => PythonServer.StartAsync(),
    };

    private static void Fill(WebServer server)
    {
        string[] names = ["a dir/b.txt", "a dir/%41 ?#&;.bin", "a dir/deep/er/est", "ünï/çode", "quote\"s'/<b>&amp;", "plus+/a=b,c@d!e$f", "back\\slash", "x:y"];
        foreach ((string name, int i) in names.Select((name, i) => (name, i)))
            server.Write(name, Pattern.Bytes(i * 777));
        server.Write("large", Pattern.Bytes(9_000_001));
        Directory.CreateDirectory(Path.Combine(server.Content, "empty"));
    }

    private static async Task<string> ShellAsync(string script, params string[] arguments)
    {
        (int status, string output) = await ChildProgram.RunAsync("sh", ["-c", script, "sh", .. arguments]);
        return status == 0 ? output : throw new InvalidOperationException($"status {status}\n{output}");
    }
}
