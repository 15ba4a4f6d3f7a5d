using System.Net;
using System.Net.Sockets;

namespace Nnpfs.Bench;

/// <summary>A local nginx that serves one directory, twice, and logs the bytes of each body.</summary>
internal sealed class Nginx(string work, string root)
{
    /// <summary>The directory.</summary>
    public string Root => root;

    public string AccessLog => Path.Combine(work, "nginx.bytes");

    /// <summary>The tree with listings in JSON, set by <see cref="Start"/>.</summary>
    public Uri Json { get; private set; } = null!;

    /// <summary>The same with listings in HTML.</summary>
    public Uri Html { get; private set; } = null!;

    public void Start(Programs programs)
    {
        int port = FreePort(), htmlPort = FreePort();
        string configuration = Path.Combine(work, "nginx.conf");
        File.WriteAllText(AccessLog, "");
        File.WriteAllText(configuration, $$"""
            daemon off;
            user root;
            worker_processes 2;
            pid {{work}}/nginx.pid;
            error_log {{work}}/nginx.error;
            events { worker_connections 1024; }
            http {
              log_format bytes '$body_bytes_sent';
              access_log {{AccessLog}} bytes;
              sendfile on;
              server {
                listen 127.0.0.1:{{port}};
                root {{root}};
                autoindex on;
                autoindex_format json;
              }
              server {
                listen 127.0.0.1:{{htmlPort}};
                root {{root}};
                autoindex on;
              }
            }
            """);
        programs.Start("nginx", "-c", configuration, "-e", Path.Combine(work, "nginx.error"));
        Programs.Await(() => IsUp(port), "nginx");
        (Json, Html) = (new Uri($"http://127.0.0.1:{port}/"), new Uri($"http://127.0.0.1:{htmlPort}/"));
    }

    private static bool IsUp(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false; // not yet: asked again until the patience of Await ends
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
