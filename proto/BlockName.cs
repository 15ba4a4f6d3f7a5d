using System.Text.Unicode;

namespace Nnpfs.Proto;

/// <summary>The path of a block file beneath its volume's cache directory: <c>xx/yy/node-version-block-generation</c>, in hex.</summary>
/// <remarks>
/// The file with all blocks of a version at their offsets, its run, has "run" in place of the block (<see cref="Run"/>).
/// xx and yy fan out over a hash of node and block, so that neither a million small files nor one huge file makes a large
/// directory. The generation is new each time that a block file is made anew, so a name never means two files: who opens an
/// old name finds nothing, never a younger file whose pages are filled differently.
/// </remarks>
public readonly record struct BlockName(NodeId Node, ulong Version, long Block, ulong Generation)
{
    /// <summary>In place of a block's number: the version's run.</summary>
    public const long Run = -1;

    public const int MaxLength = 6 + (4 * 16) + 3;

    /// <summary>Writes the path as ASCII bytes, without a terminating NUL.</summary>
    /// <param name="path">at least <see cref="MaxLength"/> bytes</param>
    /// <returns>bytes written</returns>
    public int Format(Span<byte> path)
    {
        (byte outer, byte inner) = Fan;
        bool fits = Block == Run
            ? Utf8.TryWrite(path, $"{outer:x2}/{inner:x2}/{Node.Value:x}-{Version:x}-run-{Generation:x}", out int written)
            : Utf8.TryWrite(path, $"{outer:x2}/{inner:x2}/{Node.Value:x}-{Version:x}-{Block:x}-{Generation:x}", out written);
        if (!fits)
            throw new ArgumentException($"needs {MaxLength} bytes", nameof(path));
        return written;
    }

    /// <summary>The two directory levels above the file.</summary>
    public (byte Outer, byte Inner) Fan
    {
        get
        {
            ulong mixed = (Node.Value ^ ((ulong)Block * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
            return ((byte)(mixed >> 56), (byte)(mixed >> 48));
        }
    }

    public override string ToString()
    {
        Span<byte> path = stackalloc byte[MaxLength];
        return System.Text.Encoding.ASCII.GetString(path[..Format(path)]);
    }
}
