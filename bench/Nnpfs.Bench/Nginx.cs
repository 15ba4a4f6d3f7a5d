using System.Net;
using System.Net.Sockets;

namespace Nnpfs.Bench;

/// <summary>A local nginx that serves one directory and logs the bytes of each body.</summary>
internal sealed class Nginx(string work, string root)
{
    public string AccessLog => Path.Combine(work, "nginx.bytes");

    public Uri Start(Programs programs)
    {
        int port = FreePort();
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
                location ~ \. { autoindex off; }
              }
            }
            """);
        programs.Start("nginx", "-c", configuration, "-e", Path.Combine(work, "nginx.error"));
        Programs.Await(() => IsUp(port), "nginx");
        return new Uri($"http://127.0.0.1:{port}/");
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
