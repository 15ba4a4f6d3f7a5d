using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>Room for one entry of a directory file, one per thread: valid until the thread reads the next.</summary>
internal static class EntryBuffer
{
    [ThreadStatic]
    private static byte[]? _bytes;

    public static Span<byte> OfThisThread => _bytes ??= new byte[DirectoryFileReader.MaxEntry];
}
