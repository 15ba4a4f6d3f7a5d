using Nnpfs.Fuse.Kernel;

namespace Nnpfs.Fuse.Session;

/// <summary>How many requests of each opcode the kernel has sent.</summary>
internal sealed class RequestCounts
{
    private readonly long[] _received = new long[64]; // atomic each, by opcode

    /// <summary>One more; an opcode that is in no table is not counted.</summary>
    public void Count(Opcode opcode)
    {
        if ((uint)opcode < (uint)_received.Length)
            Interlocked.Increment(ref _received[(int)opcode]);
    }

    /// <summary>Those that came at all, by the names of <see cref="Opcode"/>.</summary>
    public IEnumerable<(string Name, long Received)> All =>
        from opcode in Enum.GetValues<Opcode>()
        where (uint)opcode < (uint)_received.Length && Volatile.Read(ref _received[(int)opcode]) > 0
        select (opcode.ToString(), Volatile.Read(ref _received[(int)opcode]));
}
