namespace Nnpfs.TestKit.Servers;

/// <summary>Starts nginx with autoindex.</summary>
public static class Nginx
{
    /// <param name="json">listings as JSON, else HTML</param>
    /// <param name="server">further lines of the server block; {folder} is replaced</param>
    /// <param name="http">further lines of the http block</param>
    /// <param name="tls">its certificate; null = plain HTTP</param>
    public static Task<WebServer> StartAsync(bool json = false, string server = "", string http = "", TestAuthority? tls = null) =>
        WebServer.StartAsync((scratch, port) => Launch(scratch, port, json, server, http, tls), tls is null ? "http" : "https");

    private static ChildProgram Launch(Scratch scratch, int port, bool json, string server, string http, TestAuthority? tls)
    {
        string secure = tls is null ? "" : $"ssl_certificate {tls.Write(scratch, "server")}; ssl_certificate_key {scratch.Path("server.key")};";
        string configuration = $$"""
            daemon off;
            master_process off;
            pid {{scratch.Root}}/pid;
            error_log stderr warn;
            events { worker_connections 256; }
            http {
                access_log {{scratch.Root}}/access;
                client_body_temp_path {{scratch.Root}}/t1;
                proxy_temp_path {{scratch.Root}}/t2;
                fastcgi_temp_path {{scratch.Root}}/t3;
                uwsgi_temp_path {{scratch.Root}}/t4;
                scgi_temp_path {{scratch.Root}}/t5;
                default_type application/octet-stream;
                sendfile on;
                keepalive_requests 100000;
                {{http}}
                server {
                    listen 127.0.0.1:{{port}} {{(tls is null ? "" : "ssl http2")}};
                    {{secure}}
                    root {{scratch.Root}}/content;
                    autoindex on;
                    autoindex_format {{(json ? "json" : "html")}};
                    {{server.Replace("{folder}", scratch.Root, StringComparison.Ordinal)}}
                }
            }
            """;
        File.WriteAllText(scratch.Path("nginx.conf"), configuration);
        return ChildProgram.Start("nginx", "-e", "stderr", "-p", scratch.Root, "-c", scratch.Path("nginx.conf"));
    }
}
