using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Nnpfs.Bench;

/// <summary>The measure of a first read: curl, from the same server to files on the cache disk.</summary>
internal sealed class Curl(string work)
{
    private int _runs;

    /// <summary>One file in as many equal ranges as there are connections.</summary>
    /// <returns>seconds</returns>
    public double Download(Uri file, long size, int connections, string served)
    {
        if (connections == 1)
            return Run(1, [(file, null)], served);
        long piece = (size + connections - 1) / connections;
        return Run(connections, [.. Enumerable.Range(0, connections).Select(i =>
            (file, (string?)string.Create(CultureInfo.InvariantCulture, $"{i * piece}-{Math.Min(size, (i + 1) * piece) - 1}")))], served);
    }

    /// <summary>Requests over a number of connections, each kept and used again.</summary>
    /// <param name="connections">at once</param>
    /// <param name="requests">each a URL and a range of bytes, or null for the whole</param>
    /// <param name="served">the server's file of which all of them are; null = several, and cold</param>
    /// <returns>seconds</returns>
    public double Run(int connections, IReadOnlyList<(Uri Url, string? Range)> requests, string? served = null)
    {
        string output = Directory.CreateDirectory(Path.Combine(Kept, $"{_runs++}")).FullName, list = Path.Combine(work, "curl.list");
        var text = new StringBuilder();
        for (int i = 0; i < requests.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "next\n" : "")}url = \"{requests[i].Url}\"\noutput = \"{output}/{i}\"\nfail\nsilent\n");
            if (requests[i].Range is { } range)
                text.Append(CultureInfo.InvariantCulture, $"range = {range}\n");
        }
        File.WriteAllText(list, text.ToString());
        string[] arguments = connections > 1
            ? ["-s", "--no-progress-meter", "-Z", "--parallel-immediate", "--parallel-max", connections.ToString(CultureInfo.InvariantCulture), "-K", list]
            : ["-s", "-K", list];
        return served is null ? Clock.Time(() => Run(arguments), cold: true) : Clock.TimeServed(() => Run(arguments), served);
    }

    /// <summary>Removes what was downloaded so far. Until then it stays, as what a mount reads stays in its cache: the memory and the room of one
    /// run are not at hand for the next.</summary>
    public void Forget()
    {
        if (Directory.Exists(Kept))
            Directory.Delete(Kept, recursive: true);
    }

    private string Kept => Path.Combine(work, "curl");

    private static void Run(string[] arguments)
    {
        using Process child = Process.Start("curl", arguments);
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"curl ended with status {child.ExitCode}");
    }
}
