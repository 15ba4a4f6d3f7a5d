using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>Reads what is here: tests maps and reads block files. It never waits for the daemon, and allocates nothing but at an open.</summary>
internal sealed class ContentReader(BlockFiles files)
{
    /// <summary>Whether every page of the range is filled, as far as is known.</summary>
    /// <param name="content">of which</param>
    /// <param name="offset">bytes</param>
    /// <param name="length">bytes, at least 1; the range ends within the content</param>
    public static bool Has(Content content, long offset, long length)
    {
        Geometry geometry = content.Geometry;
        long last = geometry.BlockOf(offset + length - 1);
        for (long block = geometry.BlockOf(offset); block <= last; block++)
        {
            ulong wanted = geometry.MaskOf(block, offset, length);
            if (content.Get(block) is not { } state || (state.Map & wanted) != wanted)
                return false;
        }
        return true;
    }

    /// <summary>Reads the range, all of it or nothing that counts.</summary>
    /// <param name="content">of which</param>
    /// <param name="room">what to fill; the range ends within the content</param>
    /// <param name="offset">bytes</param>
    /// <returns>
    /// zero; EAGAIN: pages are not here, or not any more; EBADF: a block's descriptor must be asked for; else the disk's errno
    /// </returns>
    public Errno Read(Content content, Span<byte> room, long offset)
    {
        Geometry geometry = content.Geometry;
        while (!room.IsEmpty)
        {
            long block = geometry.BlockOf(offset);
            long within = offset - (block * geometry.BlockSize);
            int some = (int)Math.Min(room.Length, geometry.BlockSize - within);
            ulong wanted = geometry.MaskOf(block, offset, some);
            if (content.Get(block) is not { } state || (state.Map & wanted) != wanted)
                return Errno.EAGAIN;
            Errno errno = ReadBlock(content, block, state, room[..some], within);
            if (errno != 0)
                return errno;
            room = room[some..];
            offset += some;
        }
        return 0;
    }

    private Errno ReadBlock(Content content, long block, BlockState state, Span<byte> room, long within)
    {
        BlockFile? file = files.Borrow(state.Source, out Errno errno);
        if (file is null)
            return errno;
        Result<int> read = Files.ReadAt(file.Fd, room, state.Source.IsRun ? (block * content.Geometry.BlockSize) + within : within);
        file.Release();
        if (read.IsOk && read.Value == room.Length)
            return 0;
        if (!read.IsOk && state.Source.IsByDescriptor)
            return read.Errno; // even arlad's own descriptor cannot be read
        if (!read.IsOk)
        {
            state.Source.Doubt();
            return Errno.EBADF;
        }
        content.Drop(block, state); // shorter than its map says: damaged, so it is asked for anew
        return Errno.EAGAIN;
    }
}
