using System.Globalization;
using Microsoft.Extensions.Logging;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>A FUSE file system of one file, mounted nowhere: only who is handed the file can read it. It ends with the file's last user.</summary>
internal sealed class PrivateFile : IDisposable
{
    private const uint OldestResend = 40;

    private readonly FuseDevice _device;
    private readonly FuseSession _session;

    private PrivateFile(FuseDevice device, FuseSession session)
    {
        (_device, _session) = (device, session);
        Ended = session.WaitForEndAsync();
    }

    /// <summary>For whoever is to keep it.</summary>
    public SafeFd Connection => _device.Descriptor;

    /// <summary>Bytes of the largest read.</summary>
    public int MaxReply => _session.Agreement.MaxReply;

    /// <summary>Nobody has the file any more, and nothing is in flight.</summary>
    public Task Ended { get; }

    /// <summary>Makes one, and serves it.</summary>
    /// <param name="image">what it shows</param>
    /// <param name="log">of the session</param>
    /// <param name="served">it ends when <paramref name="file"/> and every other opening are closed</param>
    /// <param name="file">open, for the loop device</param>
    /// <returns>null, or why not and what to do about it</returns>
    public static Failure? Make(Image image, ILogger log, out PrivateFile? served, out SafeFd? file)
    {
        (served, file) = (null, null);
        if (!FuseDevice.Open().TryGet(out FuseDevice? device, out Errno errno))
            return new(ExitStatus.System, $"{FuseDevice.Path} cannot be opened: {errno}; load the module with modprobe fuse");
        Result<SafeFd> mounted = DetachedMount.Make("fuse", OptionsOf(device));
        Result<FuseSession> opened = mounted.IsOk ? FuseSession.Open(device, Options(), log) : mounted.Errno;
        if (!opened.TryGet(out FuseSession? session, out errno))
        {
            device.Dispose();
            return new(ExitStatus.System, $"no private FUSE mount can be made: {errno}; it needs root, and Linux 5.2 or later");
        }
        using SafeFd mount = mounted.Value;
        _ = session.Start(ImageHandlers.Of(image)); // by /dev/fuse: it cannot fail
        served = new PrivateFile(device, session);
        if (Files.Reopen(mount, OpenModes.ReadOnly).TryGet(out file, out errno))
            return null;
        return new(ExitStatus.System, $"the file of the private FUSE mount cannot be opened: {errno}");
    }

    /// <summary>Goes on with one whose process was killed: what it had not answered comes again.</summary>
    /// <param name="connection">shared with whoever kept it; taken over</param>
    /// <param name="maxReply">as agreed by the process that made it</param>
    /// <param name="image">what it shows: the same bytes</param>
    /// <param name="log">of the session</param>
    /// <returns>EINVAL: the kernel is older than 6.9; ENODEV: it has ended</returns>
    public static Result<PrivateFile> TakeOver(SafeFd connection, int maxReply, Image image, ILogger log)
    {
        FuseDevice device = FuseDevice.Adopt(connection);
        var agreement = new Agreement(default, InitFlags.None, OldestResend, maxReply);
        if (!FuseSession.Resume(device, Options(), agreement, log).TryGet(out FuseSession? session, out Errno errno))
        {
            device.Dispose();
            return errno;
        }
        _ = session.Start(ImageHandlers.Of(image));
        return new PrivateFile(device, session);
    }

    public void Dispose()
    {
        _session.Dispose();
        _device.Dispose();
    }

    private static SessionOptions Options() =>
        SessionOptions.ForThisMachine(Math.Max(Environment.ProcessorCount, 4)) with { AsyncDirectReads = true, SharesDevice = true };

    private static Dictionary<string, string> OptionsOf(FuseDevice device) => new()
    {
        ["source"] = "uloop",
        ["fd"] = device.Number.ToString(CultureInfo.InvariantCulture),
        ["rootmode"] = "100000", // a plain file, in octal
        ["user_id"] = "0",
        ["group_id"] = "0",
    };
}
