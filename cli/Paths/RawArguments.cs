using System.Text;
using Google.Protobuf;

namespace Nnpfs.Cli.Paths;

/// <summary>The bytes of a path that came as text. Text that came from bytes which are no UTF-8 has lost them: the process still knows.</summary>
/// <remarks>SOURCE: proc(5), /proc/self/cmdline: the arguments as they were given, each ended by NUL.</remarks>
internal static class RawArguments
{
    private const char Lost = '\uFFFD';

    /// <param name="path">components joined by "/", from the end of an argument</param>
    public static ByteString Bytes(string path) =>
        path.Contains(Lost, StringComparison.Ordinal) ? Bytes(path, File.ReadAllBytes("/proc/self/cmdline")) : ByteString.CopyFromUtf8(path);

    /// <summary>Takes each component from the argument that ends in the same components, where there is one.</summary>
    internal static ByteString Bytes(string path, byte[] commandLine)
    {
        string[] names = path.Split('/');
        byte[][] bytes = [.. names.Select(Encoding.UTF8.GetBytes)];
        foreach (byte[] argument in Split(commandLine, 0))
        {
            List<byte[]> raw = [.. Split([.. argument, (byte)'/'], (byte)'/').Where(part => part.Length > 0)];
            int equal = 0;
            while (equal < Math.Min(raw.Count, names.Length) && TextOf(raw[^(equal + 1)]) == names[^(equal + 1)])
            {
                bytes[^(equal + 1)] = AfterColon(raw[^(equal + 1)]);
                equal++;
            }
            if (equal > 0 && (equal == raw.Count || equal == names.Length))
                break;
        }
        return ByteString.CopyFrom(bytes.Aggregate((path, name) => [.. path, (byte)'/', .. name]));
    }

    private static string TextOf(byte[] part) => Encoding.UTF8.GetString(AfterColon(part));

    // "volume:name": the volume is no part of the path. A name with a colon keeps its text, which lost nothing before the colon.
    private static byte[] AfterColon(byte[] part)
    {
        int colon = Array.IndexOf(part, (byte)':');
        return colon < 0 ? part : part[(colon + 1)..];
    }

    private static IEnumerable<byte[]> Split(byte[] bytes, byte separator)
    {
        int start = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != separator)
                continue;
            yield return bytes[start..i];
            start = i + 1;
        }
    }
}
