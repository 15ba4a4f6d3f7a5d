using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>FORGET: the kernel gives back references to a node that entries had lent it. Never answered.</summary>
/// <remarks>fuse_forget_in, linux/fuse.h, 8 bytes.</remarks>
internal readonly record struct ForgetRequest(ulong Node, ulong Count) : IRequest<ForgetRequest>
{
    public string Detail => $"count={Count}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out ForgetRequest request)
    {
        bool ok = reader.TryRead(out ulong count);
        request = new(header.Node, count);
        return ok;
    }
}

/// <summary>BATCH_FORGET: many of them in one. Never answered.</summary>
/// <remarks>fuse_batch_forget_in, 8 bytes, and as many fuse_forget_one as it counts, 16 bytes each. The kernel counts no more
/// than fit: a count that does not fit makes the request malformed.</remarks>
internal readonly struct BatchForgetRequest : IRequest<BatchForgetRequest>
{
    public string Detail => $"nodes={Items.Length}";

    private readonly ReadOnlyMemory<byte> _items;

    private BatchForgetRequest(ReadOnlyMemory<byte> items) => _items = items;

    public ReadOnlySpan<ForgetOne> Items => MemoryMarshal.Cast<byte, ForgetOne>(_items.Span);

    public static bool TryParse(in InHeader header, ref RequestReader reader, out BatchForgetRequest request)
    {
        request = default;
        if (!reader.TryRead(out BatchForgetIn head) || head.Count > int.MaxValue / 16)
            return false;
        bool ok = reader.TryReadBytes(head.Count * 16, out ReadOnlyMemory<byte> items);
        request = new(items);
        return ok;
    }
}

/// <remarks>fuse_batch_forget_in, linux/fuse.h, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct BatchForgetIn
{
    public uint Count { get; init; }

    private readonly uint _padding;
}

/// <remarks>fuse_forget_one, linux/fuse.h, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ForgetOne
{
    public ulong Node { get; init; }

    public ulong Count { get; init; }
}
