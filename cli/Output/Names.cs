using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Nnpfs.Cli.Output;

/// <summary>Names and paths for a terminal: bytes that are no UTF-8, and control characters, become escapes and never reach it.</summary>
internal static class Names
{
    public static string Of(ByteString bytes) => Of(bytes.Span);

    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool isRune = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (isRune && !Rune.IsControl(rune))
                text.Append(rune.ToString());
            else
                Escape(text, bytes[..length]);
            bytes = bytes[length..];
        }
        return text.ToString();
    }

    /// <summary>"volume:path", as the commands take it.</summary>
    public static string Of(string volume, ByteString path) => $"{volume}:{Of(path)}";

    private static void Escape(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
    }
}
