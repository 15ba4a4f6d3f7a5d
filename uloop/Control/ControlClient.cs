using System.Text.Json;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Control;

/// <summary>Asks the process of a device.</summary>
internal static class ControlClient
{
    /// <param name="path">of its socket</param>
    /// <param name="request">what to do</param>
    /// <param name="progress">called for each packet but the last</param>
    /// <returns>the last packet; ECONNREFUSED, ENOENT: nobody listens; EPIPE: it ended without a word</returns>
    public static Result<ControlReply> Ask(string path, ControlRequest request, Action<ControlReply>? progress = null)
    {
        if (!SeqpacketSocket.Connect(path).TryGet(out SeqpacketSocket? socket, out Errno errno))
            return errno;
        using (socket)
        {
            errno = socket.Send(JsonSerializer.SerializeToUtf8Bytes(request, UloopJson.Default.ControlRequest));
            if (errno != 0)
                return errno;
            byte[] packet = new byte[SeqpacketSocket.MaxPacket];
            while (socket.Receive(packet, out SafeFd? descriptor).TryGet(out int length, out errno) && length > 0)
            {
                descriptor?.Dispose();
                if (JsonSerializer.Deserialize(packet.AsSpan(0, length), UloopJson.Default.ControlReply) is not { } reply)
                    return Errno.EPROTO;
                if (reply.IsEnd)
                    return reply;
                progress?.Invoke(reply);
            }
            return errno != 0 ? errno : Errno.EPIPE;
        }
    }
}
