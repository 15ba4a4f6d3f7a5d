namespace Nnpfs.TestKit.Servers;

/// <summary>Starts Apache with mod_autoindex.</summary>
public static class Apache
{
    private const string Modules = "/usr/lib/apache2/modules";

    /// <param name="index">the words of IndexOptions: "FancyIndexing HTMLTable", "None" ...</param>
    public static Task<WebServer> StartAsync(string index = "FancyIndexing HTMLTable") =>
        WebServer.StartAsync((scratch, port) => Launch(scratch, port, index), "http");

    private static ChildProgram Launch(Scratch scratch, int port, string index)
    {
        string[] modules = ["mpm_event", "authz_core", "mime", "dir", "autoindex"];
        IEnumerable<string> lines = modules.Select(module => $"LoadModule {module}_module {Modules}/mod_{module}.so");
        // As root it needs some user for its workers; one that cannot read the scratch directory would be of no use.
        string user = Facilities.Root is null ? "User nobody\nGroup nogroup\n" : "";
        string configuration = string.Join('\n', lines) + "\n" + $"""
            ServerName 127.0.0.1
            ServerRoot {scratch.Root}
            Listen 127.0.0.1:{port}
            PidFile {scratch.Root}/pid
            ErrorLog {scratch.Root}/error
            {user}
            StartServers 1
            ThreadsPerChild 16
            TypesConfig /dev/null
            DocumentRoot {scratch.Root}/content
            <Directory {scratch.Root}/content>
                Options Indexes
                IndexOptions {index}
                Require all granted
            </Directory>
            """;
        File.WriteAllText(scratch.Path("apache.conf"), configuration);
        File.SetUnixFileMode(scratch.Root, (UnixFileMode)0x1ED); // 0755: its workers are another user
        return ChildProgram.Start("apache2", "-X", "-f", scratch.Path("apache.conf"));
    }
}
