namespace Nnpfs.TestKit.Origins;

/// <summary>Bytes that tell where they are from: no two files and no two offsets of a file look alike for long.</summary>
public static class Pattern
{
    /// <param name="length">bytes</param>
    /// <param name="seed">another one gives other bytes</param>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        uint state = (uint)seed * 2654435761 + 1;
        for (int i = 0; i < length; i++)
        {
            state = state * 1664525 + 1013904223;
            bytes[i] = (byte)(state >> 24);
        }
        return bytes;
    }
}
