using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>One io_uring of large submissions, for the thread that made it and no other. Knows nothing of what is submitted.</summary>
/// <remarks>SOURCE: io_uring_setup(2), io_uring_enter(2), io_uring(7).</remarks>
internal sealed unsafe class Uring : IDisposable
{
    private const nint SysSetup = 425, SysEnter = 426; // the same numbers on every architecture
    private const uint Clamp = 1 << 4, LargeSubmissions = 1 << 10, SingleIssuer = 1 << 12, DeferTaskRun = 1 << 13; // IORING_SETUP_*
    private const uint SingleMap = 1, GetEvents = 1;                                                               // IORING_FEAT_*, IORING_ENTER_*
    private const int ReadWrite = 3, SharedPopulate = 0x8001;
    private const long SubmissionsAt = 0x10000000;

    private readonly SafeFd _fd;
    private readonly byte* _rings;
    private readonly nuint _ringsSize;
    private readonly Libc.UringSubmission* _submissions;
    private readonly Libc.UringParameters _facts;

    private Uring(SafeFd fd, byte* rings, nuint ringsSize, Libc.UringSubmission* submissions, in Libc.UringParameters facts)
    {
        (_fd, _ringsSize, _facts) = (fd, ringsSize, facts);
        _rings = rings;
        _submissions = submissions;
        // The array between ring and submissions is of no use to us: each place stands for itself.
        uint* array = (uint*)(_rings + facts.Submission.Array);
        for (uint i = 0; i < facts.SubmissionEntries; i++)
            array[i] = i;
    }

    /// <summary>Submissions that no wait has handed to the kernel yet.</summary>
    private uint Pending => *At(_facts.Submission.Tail) - Volatile.Read(ref *At(_facts.Submission.Head));

    public bool HasPending => Pending != 0;

    /// <param name="entries">submissions that may be pending at once</param>
    /// <returns>EPERM: switched off by kernel.io_uring_disabled, or by a container; ENOSYS, EINVAL: an older kernel; ENOMEM</returns>
    public static Result<Uring> Create(int entries)
    {
        var facts = new Libc.UringParameters { Flags = Clamp | LargeSubmissions | SingleIssuer | DeferTaskRun };
        // SAFETY: the kernel reads and fills a struct of the size that it defines.
        nint number = Libc.io_uring_setup(SysSetup, (uint)entries, &facts);
        if (number < 0)
            return Files.LastErrno();
        var fd = new SafeFd((int)number);
        if ((facts.Features & SingleMap) == 0 || facts.SubmissionEntries < entries)
            return Refuse(fd, Errno.EINVAL);
        nuint size = Math.Max(
            facts.Submission.Array + (facts.SubmissionEntries * sizeof(uint)),
            facts.Completion.DroppedOrEntries + (facts.CompletionEntries * (uint)sizeof(Libc.UringCompletion)));
        // SAFETY: both maps are of the ring just made, in the sizes that the kernel has told, and live until Dispose.
        void* rings = Libc.mmap(null, size, ReadWrite, SharedPopulate, fd.Number, 0);
        if (rings == (void*)-1)
            return Refuse(fd, Files.LastErrno());
        void* submissions = Libc.mmap(
            null, facts.SubmissionEntries * (nuint)sizeof(Libc.UringSubmission), ReadWrite, SharedPopulate, fd.Number, SubmissionsAt);
        if (submissions != (void*)-1)
            return new Uring(fd, (byte*)rings, size, (Libc.UringSubmission*)submissions, in facts);
        Errno errno = Files.LastErrno();
        _ = Libc.munmap(rings, size);
        return Refuse(fd, errno);
    }

    /// <summary>Puts a submission in line for the next <see cref="Enter"/>. There must be room: whoever submits counts.</summary>
    public void Submit(in Libc.UringSubmission submission)
    {
        if (Pending >= _facts.SubmissionEntries)
            throw new InvalidOperationException("More submissions than the ring was made for.");
        uint tail = *At(_facts.Submission.Tail);
        // SAFETY: the mask keeps the index within the map, and the place is free: see above.
        _submissions[tail & *At(_facts.Submission.Mask)] = submission;
        Volatile.Write(ref *At(_facts.Submission.Tail), tail + 1);
    }

    /// <summary>Hands over what is in line, and waits for <paramref name="complete"/> completions.</summary>
    public Errno Enter(uint complete)
    {
        while (true)
        {
            // SAFETY: no memory is passed; what the submissions point to is their submitter's business.
            nint done = Libc.io_uring_enter(SysEnter, _fd, Pending, complete, GetEvents, null, 0);
            if (done >= 0 && Pending == 0)
                return 0;
            if (done < 0 && Files.LastErrno() is var errno && errno is not (Errno.EINTR or Errno.EAGAIN or Errno.EBUSY))
                return errno;
            if (HasCompletions)
                return 0; // room must be made there first, or there is no need to wait any more
        }
    }

    public bool HasCompletions => *At(_facts.Completion.Head) != Volatile.Read(ref *At(_facts.Completion.Tail));

    /// <summary>Takes the oldest completion.</summary>
    public bool TryComplete(out Libc.UringCompletion completion)
    {
        completion = default;
        uint head = *At(_facts.Completion.Head);
        if (head == Volatile.Read(ref *At(_facts.Completion.Tail)))
            return false;
        completion = CompletionAt(head);
        Volatile.Write(ref *At(_facts.Completion.Head), head + 1);
        return true;
    }

    /// <summary>The first errno among the completions that nobody has taken yet, which stay; zero: there is none.</summary>
    public Errno FirstFailure()
    {
        for (uint at = *At(_facts.Completion.Head); at != Volatile.Read(ref *At(_facts.Completion.Tail)); at++)
        {
            if (CompletionAt(at).Result is var result and < 0)
                return (Errno)(-result);
        }
        return 0;
    }

    public void Dispose()
    {
        if (_fd.IsClosed)
            return;
        // SAFETY: the maps of Create, whole, once; nothing uses the ring after its end.
        _ = Libc.munmap(_submissions, _facts.SubmissionEntries * (nuint)sizeof(Libc.UringSubmission));
        _ = Libc.munmap(_rings, _ringsSize);
        _fd.Dispose();
    }

    private static Errno Refuse(SafeFd fd, Errno errno)
    {
        fd.Dispose();
        return errno;
    }

    /// <remarks>SAFETY: the mask keeps the index within the map; the kernel does not touch the place before the head has moved.</remarks>
    private Libc.UringCompletion CompletionAt(uint index) =>
        ((Libc.UringCompletion*)(_rings + _facts.Completion.DroppedOrEntries))[index & *At(_facts.Completion.Mask)];

    private uint* At(uint offset) => (uint*)(_rings + offset);
}
