using System.Net.Sockets;
using System.Text;

namespace Nnpfs.TestKit.FaultServers;

/// <summary>Reads the head of one request; requests have no bodies here.</summary>
internal static class FaultRequestReader
{
    /// <returns>null at the end of the connection</returns>
    public static async Task<FaultRequest?> ReadAsync(NetworkStream stream, CancellationToken stop)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString(Math.Max(head.Length - 4, 0), Math.Min(head.Length, 4)).EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, stop) == 0)
                return null;
            head.Append((char)one[0]);
        }
        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..])
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return new(first[0], first[1], headers);
    }
}
