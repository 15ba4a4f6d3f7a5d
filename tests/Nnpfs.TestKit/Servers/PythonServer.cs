namespace Nnpfs.TestKit.Servers;

/// <summary>Starts Python's http.server: HTTP/1.0, no ranges, no ETags.</summary>
public static class PythonServer
{
    // Not what PATH has: a wrapper that starts another process would be killed in its stead.
    private const string Python = "/usr/bin/python3";

    public static Task<WebServer> StartAsync() => WebServer.StartAsync(Launch, "http");

    private static ChildProgram Launch(Scratch scratch, int port) => ChildProgram.Start(
        Python, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", scratch.Path("content"),
        port.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
