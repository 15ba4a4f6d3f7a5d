using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>Packs entries into the room of a READDIR or READDIRPLUS reply, as many as fit.</summary>
/// <remarks>SOURCE: fuse_dirent and fuse_direntplus, linux/fuse.h: a fixed front, the name, zeros up to a multiple of 8.</remarks>
internal ref struct DirectoryWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>Bytes written so far: the reply is <c>new Bytes(writer.Length)</c>.</summary>
    public int Length { get; private set; }

    /// <summary>Adds one entry to a READDIR reply.</summary>
    /// <param name="entry">its offset is what the kernel will resume behind</param>
    /// <param name="name">1 to 255 bytes</param>
    /// <returns>false: it does not fit, nothing was written, the reply is ready</returns>
    public bool TryAdd(in DirectoryEntry entry, ReadOnlySpan<byte> name) =>
        TryTake(Unsafe.SizeOf<DirectoryEntryHead>(), name, out Span<byte> slot) && Put(slot, in entry, name);

    /// <summary>Adds one entry with its node to a READDIRPLUS reply.</summary>
    /// <param name="node">lends the kernel a reference, as LOOKUP does, unless its node is zero ("." and "..", or attributes not
    /// known: the kernel then looks the name up when it needs it). Take the reference only after this returned true.</param>
    /// <param name="entry">its offset is what the kernel will resume behind</param>
    /// <param name="name">1 to 255 bytes</param>
    /// <returns>false: it does not fit, nothing was written, the reply is ready</returns>
    public bool TryAddPlus(in EntryOut node, in DirectoryEntry entry, ReadOnlySpan<byte> name)
    {
        int front = Unsafe.SizeOf<EntryOut>();
        if (!TryTake(front + Unsafe.SizeOf<DirectoryEntryHead>(), name, out Span<byte> slot))
            return false;
        MemoryMarshal.Write(slot, in node);
        return Put(slot[front..], in entry, name);
    }

    private bool TryTake(int front, ReadOnlySpan<byte> name, out Span<byte> slot)
    {
        int size = (front + name.Length + 7) & ~7;
        bool fits = size <= _room.Length - Length;
        slot = fits ? _room.Slice(Length, size) : default;
        Length += slot.Length;
        return fits;
    }

    private static bool Put(Span<byte> slot, in DirectoryEntry entry, ReadOnlySpan<byte> name)
    {
        var head = new DirectoryEntryHead
        {
            Inode = entry.Inode,
            Offset = entry.Offset,
            NameLength = (uint)name.Length,
            Type = (entry.Mode >> 12) & 0xf, // DT_* are the type bits of st_mode
        };
        int front = StructWriter.Write(slot, in head);
        name.CopyTo(slot[front..]);
        slot[(front + name.Length)..].Clear(); // nothing of an older reply leaks to the kernel
        return true;
    }
}

/// <param name="Inode">d_ino: what applications see; not zero</param>
/// <param name="Offset">of the entry behind this one: any number but zero that the driver can resume from</param>
/// <param name="Mode">st_mode, of which the type is used</param>
internal readonly record struct DirectoryEntry(ulong Inode, ulong Offset, uint Mode);

/// <remarks>fuse_dirent without the name, linux/fuse.h, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct DirectoryEntryHead
{
    public ulong Inode { get; init; }

    public ulong Offset { get; init; }

    public uint NameLength { get; init; }

    public uint Type { get; init; }
}
