using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Requests of a FUSE connection by io_uring: entries, each with room for one request and its reply. For one thread, but for
/// <see cref="Wake"/>.</summary>
/// <remarks>
/// An entry is the kernel's until <see cref="Wait"/> names it, then ours until <see cref="Commit"/> gives it back with the reply. Knows
/// no request and no reply: only how their bytes come and go. SOURCE: Documentation/filesystems/fuse/fuse-io-uring.rst.
/// </remarks>
public sealed unsafe class FuseRing : IDisposable
{
    /// <summary>What <see cref="Wait"/> names when <see cref="Wake"/> was called.</summary>
    public const int Woken = -1;

    private const byte ReadOpcode = 22, CommandOpcode = 46; // IORING_OP_*
    private const ulong Register = 1, CommitAndFetch = 2;   // FUSE_IO_URING_CMD_*
    private const int CloseOnExec = 0x80000, HeaderPage = NativePages.PageSize;
    private const ulong WakeData = ulong.MaxValue;

    private readonly Uring _ring;
    private readonly SafeFd _device, _event;
    private readonly NativePages _pages, _small;
    private readonly IReadOnlyList<ushort> _queues;
    private readonly int _payload;

    private FuseRing(Uring ring, SafeFd device, SafeFd wakeEvent, NativePages pages, NativePages small, IReadOnlyList<ushort> queues, int payload) =>
        (_ring, _device, _event, _pages, _small, _queues, _payload) = (ring, device, wakeEvent, pages, small, queues, payload);

    /// <summary>Entries, numbered from 0 on.</summary>
    public int Count => _queues.Count;

    /// <summary>Entries of one ring at most: its memory is one piece, which is counted in an int.</summary>
    /// <param name="payload">bytes of the largest body</param>
    public static int MostEntries(int payload) => int.MaxValue / (HeaderPage + payload);

    /// <summary>Why the kernel has refused an entry while the connection went on: the entry is lost. Zero: it never did.</summary>
    public Errno LastFailure { get; private set; }

    /// <summary>Whether this process may make a ring at all.</summary>
    /// <returns>zero; EPERM: switched off by kernel.io_uring_disabled, or by a container; ENOSYS, EINVAL: an older kernel</returns>
    public static Errno Probe()
    {
        if (!Uring.Create(1).TryGet(out Uring? ring, out Errno errno))
            return errno;
        ring.Dispose();
        return 0;
    }

    /// <param name="device">of the connection; stays the caller's</param>
    /// <param name="queues">an entry for each item: the number of the possible CPU whose requests it takes</param>
    /// <param name="payload">bytes of the largest body, a multiple of the page's size</param>
    /// <returns>E2BIG: more than <see cref="MostEntries"/>; of io_uring_setup(2), eventfd(2), mmap(2)</returns>
    internal static Result<FuseRing> Create(SafeFd device, IReadOnlyList<ushort> queues, int payload)
    {
        if (queues.Count > MostEntries(payload))
            return Errno.E2BIG;
        if (!Uring.Create(queues.Count + 1).TryGet(out Uring? ring, out Errno errno))
            return errno;
        int number = Libc.eventfd(0, CloseOnExec);
        if (number < 0)
            return Refuse(Files.LastErrno(), ring);
        var wakeEvent = new SafeFd(number);
        if (!NativePages.Map(queues.Count * (HeaderPage + payload)).TryGet(out NativePages? pages, out errno))
            return Refuse(errno, ring, wakeEvent);
        int vectors = (queues.Count + 1) * 2 * sizeof(Libc.IoVector);
        if (!NativePages.Map((vectors + NativePages.PageSize - 1) / NativePages.PageSize * NativePages.PageSize).TryGet(out NativePages? small, out errno))
            return Refuse(errno, ring, wakeEvent, pages);
        return new FuseRing(ring, device, wakeEvent, pages, small, queues, payload);
    }

    /// <summary>Makes the entries known to the kernel. It sends requests once every possible CPU has one.</summary>
    /// <returns>zero; EOPNOTSUPP: not agreed upon, or switched off; ENOMEM, EINVAL</returns>
    public Errno Start()
    {
        ListenForWake();
        // The entry that was made known last is used first: so the low numbers are.
        for (int entry = Count - 1; entry >= 0; entry--)
            Submit(entry, Register, Vectors(entry), default);
        Errno errno = _ring.Enter(0);
        return errno != 0 ? errno : _ring.FirstFailure();
    }

    /// <summary>Hands over what was committed, and waits for a request, or to be woken.</summary>
    /// <param name="ready">filled with the numbers of entries that hold a request, or <see cref="Woken"/></param>
    /// <returns>how many; none: entries have ended, since the connection has</returns>
    public Result<int> Wait(Span<int> ready)
    {
        if (!_ring.HasCompletions && _ring.Enter(1) is var errno && errno != 0)
            return errno;
        int count = 0;
        while (count < ready.Length && _ring.TryComplete(out Libc.UringCompletion completion))
        {
            if (completion.UserData == WakeData)
                ListenForWake();
            if (completion.UserData == WakeData || completion.Result >= 0)
                ready[count++] = completion.UserData == WakeData ? Woken : (int)completion.UserData;
            else if ((Errno)(-completion.Result) is var lost && lost is not (Errno.ENOTCONN or Errno.ECONNABORTED))
                LastFailure = lost;
        }
        return count;
    }

    /// <summary>Ends a <see cref="Wait"/>, this one or the next. From any thread.</summary>
    public Errno Wake()
    {
        ulong one = 1;
        // SAFETY: the kernel reads eight bytes, which are on our stack.
        return Libc.write(_event, &one, sizeof(ulong)) == sizeof(ulong) ? 0 : Files.LastErrno();
    }

    /// <summary>Room for a reply: its header, then its body; the body is where the kernel fetches it from.</summary>
    /// <param name="entry">its number</param>
    /// <param name="header">bytes in front of the body</param>
    public Memory<byte> Room(int entry, int header) => _pages.Memory.Slice(PayloadAt(entry) - header, header + _payload);

    /// <summary>Copies a request together as it would have come from /dev/fuse.</summary>
    /// <param name="entry">that <see cref="Wait"/> has named</param>
    /// <param name="frontSize">bytes of the header that every request begins with; the whole length stands in its first four</param>
    /// <param name="request">where to</param>
    /// <returns>its length; EPROTO: the lengths contradict each other</returns>
    public Result<int> Read(int entry, int frontSize, Span<byte> request)
    {
        ref FuseRingHeader header = ref HeaderOf(entry);
        int payload = (int)Math.Min(header.Sizes.PayloadSize, int.MaxValue), length = MemoryMarshal.Read<int>(header.InOut);
        int operation = length - frontSize - payload;
        if (payload > _payload || operation < 0 || operation > FuseRingArea.Size || length > request.Length)
            return Errno.EPROTO;
        header.InOut[..frontSize].CopyTo(request);
        header.Operation[..operation].CopyTo(request[frontSize..]);
        _pages.GetSpan().Slice(PayloadAt(entry), payload).CopyTo(request[(frontSize + operation)..]);
        return length;
    }

    /// <summary>Puts the reply's header in place, and says how long its body in <see cref="Room"/> is.</summary>
    public void Reply(int entry, ReadOnlySpan<byte> front, int body)
    {
        ref FuseRingHeader header = ref HeaderOf(entry);
        front.CopyTo(header.InOut);
        header.Sizes.PayloadSize = (uint)body;
    }

    /// <summary>Gives the entry back with its reply: at the next <see cref="Wait"/> or <see cref="Flush"/>.</summary>
    public void Commit(int entry) => Submit(entry, CommitAndFetch, null, HeaderOf(entry).Sizes.CommitId);

    /// <summary>Hands over what was committed, without waiting.</summary>
    /// <returns>zero: the kernel has taken all of it, replies included; EAGAIN: some is still in line</returns>
    public Errno Flush() => _ring.Enter(0) is var errno && errno == 0 && _ring.HasPending ? Errno.EAGAIN : errno;

    /// <summary>Gives the memory of an entry's room back, but for its first bytes. What lies in them is lost, so only after
    /// <see cref="Flush"/>, and before the next request of the entry is looked at.</summary>
    public void Trim(int entry, int keep) => _pages.Trim(PayloadAt(entry) + keep, _payload - keep);

    public void Dispose()
    {
        _ring.Dispose(); // first: its end takes the kernel's hands off the memory
        _event.Dispose();
        ((IDisposable)_pages).Dispose();
        ((IDisposable)_small).Dispose();
    }

    private static Errno Refuse(Errno errno, params IDisposable[] made)
    {
        foreach (IDisposable one in made)
            one.Dispose();
        return errno;
    }

    private int PayloadAt(int entry) => (entry * (HeaderPage + _payload)) + HeaderPage;

    private ref FuseRingHeader HeaderOf(int entry) =>
        ref MemoryMarshal.AsRef<FuseRingHeader>(_pages.GetSpan().Slice(PayloadAt(entry) - HeaderPage, Unsafe.SizeOf<FuseRingHeader>()));

    /// <summary>Header and payload of an entry, as the kernel is told where they are.</summary>
    private Libc.IoVector* Vectors(int entry)
    {
        byte* header = _pages.Start + PayloadAt(entry) - HeaderPage;
        var vectors = (Libc.IoVector*)_small.Start + (2 * (entry + 1));
        // SAFETY: both lie within the pages of the entry, which live longer than the ring; there are two vectors for each entry.
        vectors[0] = new Libc.IoVector { Base = header, Length = (nuint)sizeof(FuseRingHeader) };
        vectors[1] = new Libc.IoVector { Base = header + HeaderPage, Length = (nuint)_payload };
        return vectors;
    }

    private void Submit(int entry, ulong command, Libc.IoVector* vectors, ulong commitId) => _ring.Submit(new Libc.UringSubmission
    {
        Opcode = CommandOpcode,
        Fd = _device.Number,
        Offset = command,
        Address = vectors,
        Length = vectors is null ? 0u : 2,
        UserData = (ulong)entry,
        Command = new FuseRingCommand { CommitId = commitId, Queue = _queues[entry] },
    });

    private void ListenForWake() => _ring.Submit(new Libc.UringSubmission
    {
        Opcode = ReadOpcode,
        Fd = _event.Number,
        Address = _small.Start, // eight bytes that nobody reads: that they came is the message
        Length = sizeof(ulong),
        UserData = WakeData,
    });
}
