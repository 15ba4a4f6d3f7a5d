namespace Nnpfs.Fuse.Session;

/// <param name="Threads">that read requests, each on a descriptor of its own</param>
/// <param name="MaxPagesLimit">kernel pages of the largest request that this machine allows: /proc/sys/fs/fuse/max_pages_limit</param>
internal sealed record SessionOptions(int Threads, int MaxPagesLimit)
{
    private const string LimitFile = "/proc/sys/fs/fuse/max_pages_limit";
    private const int DefaultLimit = 256;

    /// <summary>Agree with the kernel on backing files, where it has them.</summary>
    public bool Passthrough { get; init; }

    /// <summary>Ask the kernel to send its requests by io_uring. Where it does not offer that, they come by /dev/fuse.</summary>
    public bool OverIoUring { get; init; }

    /// <summary>Direct reads of one opening do not wait for each other. For a file that only the kernel itself reads (a loop device): one that
    /// waits cannot be killed.</summary>
    public bool AsyncDirectReads { get; init; }

    /// <summary>All threads read from the one descriptor: so what they have taken and not answered is not lost with the process, as long as
    /// another has that descriptor.</summary>
    public bool SharesDevice { get; init; }

    /// <summary>Large replies that wait to be sent at once, besides one per thread.</summary>
    public int ReplyBuffers { get; init; } = 16;

    /// <summary>How long requests in flight may take to end after the unmount.</summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <param name="threads">null: one per CPU, at least two, so that a page from the disk never holds up a hit in memory</param>
    public static SessionOptions ForThisMachine(int? threads = null)
    {
        int limit = File.Exists(LimitFile) && int.TryParse(File.ReadAllText(LimitFile), out int read) ? read : DefaultLimit;
        return new(threads ?? Math.Max(Environment.ProcessorCount, 2), limit);
    }
}
