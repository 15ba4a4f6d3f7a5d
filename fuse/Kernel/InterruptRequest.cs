namespace Nnpfs.Fuse.Kernel;

/// <summary>INTERRUPT: a signal came for the application that waits for another request. That one is to be answered soon, with EINTR
/// or with what it has; this one is not answered.</summary>
/// <remarks>fuse_interrupt_in, linux/fuse.h, 8 bytes. The kernel may send it before or after the request that it names.</remarks>
/// <param name="Unique">of the other request</param>
internal readonly record struct InterruptRequest(ulong Unique) : IRequest<InterruptRequest>
{
    public string Detail => $"unique={Unique}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out InterruptRequest request)
    {
        bool ok = reader.TryRead(out ulong unique);
        request = new(unique);
        return ok;
    }
}
