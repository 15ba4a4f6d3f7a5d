namespace Nnpfs.Bench;

/// <summary>Other filesystems over the same server, each with the settings that its own documents recommend for reading again.</summary>
/// <param name="programs">starts them</param>
/// <param name="work">where their caches and mounts go</param>
/// <param name="server">the tree, with listings in HTML, which is what they read</param>
/// <param name="native">the tree itself</param>
internal sealed class Peers(Programs programs, string work, Uri server, string native)
{
    /// <summary>rclone, httpdirfs and nbdfuse keep what they read in a cache of their own; bindfs shows the bare cost of FUSE.</summary>
    public IEnumerable<Target> Start()
    {
        yield return Mount("rclone", "rclone", "mount", ":http:", "{mnt}", "--http-url", $"{server}", "--vfs-cache-mode", "full", "--cache-dir", Cache("rclone"),
            "--read-only", "--dir-cache-time", "24h", "--attr-timeout", "1h", "--vfs-cache-max-age", "24h", "--config", "/dev/null");
        yield return Mount("httpdirfs", "httpdirfs", "-f", "--no-range-check", "--cache", "--cache-location", Cache("httpdirfs"), $"{server}", "{mnt}");
        yield return Mount("bindfs", "bindfs", "-f", "-r", "--multithreaded", native, "{mnt}");
        yield return MountFile("nbdfuse", "nbdfuse", "-r", $"{{mnt}}/{Tree.Large}", "--command", "nbdkit", "-s", "--exit-with-parent",
            "--filter=cache", "curl", $"url={new Uri(server, Tree.Large)}", "cache=writeback", "cache-on-read=true");
    }

    private Target Mount(string name, params string[] command) => Mount(name, largeOnly: false, command);

    private Target MountFile(string name, params string[] command) => Mount(name, largeOnly: true, command);

    private Target Mount(string name, bool largeOnly, string[] command)
    {
        string mountPoint = Path.Combine(work, "mnt-" + name);
        int process = programs.StartMount(mountPoint, [.. command.Select(word => word.Replace("{mnt}", mountPoint, StringComparison.Ordinal))]).Id;
        return new Target(name, mountPoint, largeOnly, [process]) { IsPeer = true };
    }

    private string Cache(string name) => Directory.CreateDirectory(Path.Combine(work, "cache-" + name)).FullName;
}
