using System.Globalization;
using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>fusermount3(1): the helper, set-user-id root, that mounts for ordinary users and hands over the descriptor.</summary>
internal static class Fusermount
{
    private const string Program = "fusermount3";
    private const int SocketNumber = 3, StandardError = 2; // what the helper finds under which number

    public static Failure? Mount(string mountPoint, string options, out FuseDevice? device)
    {
        device = null;
        if (!SeqpacketSocket.Pair().TryGet(out (SeqpacketSocket Ours, SeqpacketSocket Theirs) pair, out Errno errno))
            return new(ExitStatus.System, $"no socket for {Program}: {errno}");
        using SeqpacketSocket ours = pair.Ours;
        int status;
        string complaint;
        using (pair.Theirs)
        {
            if (!Run(["-o", options, "--", mountPoint], pair.Theirs).TryGet(out (int Status, string Complaint) ended, out errno))
                return Missing(errno);
            (status, complaint) = ended;
        }
        if (status != 0)
            return new(ExitStatus.Mount, $"{Program} refused: {complaint}");
        // It has ended, so what it sent is here, or never comes.
        byte[] packet = new byte[64];
        Result<int> received = ours.Receive(packet, out SafeFd? fd);
        if (!received.IsOk || fd is null)
            return new(ExitStatus.System, $"{Program} handed over no descriptor: {received}");
        device = FuseDevice.Adopt(fd);
        return null;
    }

    public static Errno Unmount(string mountPoint, bool lazily)
    {
        Result<(int Status, string Complaint)> ended = Run([lazily ? "-uz" : "-u", "--", mountPoint], null);
        if (!ended.IsOk)
            return ended.Errno;
        if (ended.Value.Status == 0)
            return 0;
        return ended.Value.Complaint.Contains("busy", StringComparison.OrdinalIgnoreCase) ? Errno.EBUSY : Errno.EPERM;
    }

    private static Failure Missing(Errno errno) => errno == Errno.ENOENT
        ? new(ExitStatus.Usage, $"mounting as an ordinary user needs {Program}, which is not here: install the package fuse3, or mount as root")
        : new(ExitStatus.System, $"cannot run {Program}: {errno}");

    private static Result<(int Status, string Complaint)> Run(string[] arguments, SeqpacketSocket? socket)
    {
        if (!Pipes.Create().TryGet(out (SafeFd Reader, SafeFd Writer) pipe, out Errno errno))
            return errno;
        using SafeFd reader = pipe.Reader;
        Result<Child> child;
        using (pipe.Writer)
        {
            var descriptors = new Dictionary<int, SafeFd> { [StandardError] = pipe.Writer };
            var environment = new Dictionary<string, string>();
            if (socket is not null)
            {
                descriptors[SocketNumber] = socket.Descriptor;
                environment["_FUSE_COMMFD"] = SocketNumber.ToString(CultureInfo.InvariantCulture);
            }
            child = Child.Start(new ChildStart(Program, arguments) { Descriptors = descriptors, Environment = environment });
        }
        if (!child.IsOk)
            return child.Errno;
        socket?.Dispose(); // so that only the helper holds that end
        string complaint = ReadAll(reader);
        return child.Value.Wait().TryGet(out int status, out errno) ? (status, complaint) : errno;
    }

    private static string ReadAll(SafeFd reader)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1024];
        while (Pipes.Read(reader, buffer).TryGet(out int count, out _) && count > 0)
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return text.ToString().Trim().Replace("fusermount3: ", "", StringComparison.Ordinal);
    }
}
