namespace Nnpfs.Driver.Mounting;

/// <summary>What is to be mounted where, and how: the options of -o, checked.</summary>
/// <param name="Volume">a name in arlad's configuration</param>
/// <param name="MountPoint">as the user wrote it</param>
internal sealed record MountOptions(string Volume, string MountPoint)
{
    public const string DefaultJail = "/var/lib/nnpfs/jail";
    private const string SocketInJail = "dev/nnpfs0";

    /// <summary>arlad's jail, as seen from here.</summary>
    public string Jail { get; init; } = DefaultJail;

    /// <summary>The socket, where it is not the one in the jail.</summary>
    public string? ChannelPath { get; init; }

    public string Channel => ChannelPath ?? Path.Combine(Jail, SocketInJail);

    /// <summary>How long a read waits for arlad when it is away; then EIO.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>That read requests of the kernel; null: one per CPU.</summary>
    public int? Threads { get; init; }

    /// <summary>Whole files are read by the kernel itself where it can.</summary>
    public bool Passthrough { get; init; } = true;

    /// <summary>Whether requests of the kernel are to come by io_uring.</summary>
    public IoUringMode IoUring { get; init; }

    /// <summary>Other users may use the mount; null: yes for root, no for others.</summary>
    public bool? AllowOther { get; init; }

    /// <summary>Opens of files cost no message to the driver: see <see cref="Handlers.ElidedOpenHandler"/>.</summary>
    public bool ElidesOpens { get; init; }

    public bool NonEmpty { get; init; }

    public bool NoExec { get; init; }

    /// <summary>Where the log goes; null: stderr in the foreground, a file of its own in the background.</summary>
    public string? LogFile { get; init; }

    /// <summary>A level of Serilog's.</summary>
    public string LogLevel { get; init; } = "information";

    /// <summary>For the first column of mount(8)'s list.</summary>
    public string Source => $"nnpfs:{Volume}";
}
