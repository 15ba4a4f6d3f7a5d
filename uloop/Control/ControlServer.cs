using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Control;

/// <summary>Listens for commands about one device: a connection each, one request, its replies. Only root can connect.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private readonly SeqpacketListener _listener;
    private readonly Controls _controls;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<Task, SeqpacketSocket> _calls = []; // guarded by _gate
    private Task _accepting = Task.CompletedTask;

    private ControlServer(SeqpacketListener listener, Controls controls, ILogger log) =>
        (_listener, _controls, _log) = (listener, controls, log);

    public static Failure? Start(string path, Controls controls, ILogger log, out ControlServer? server)
    {
        server = null;
        if (!SeqpacketListener.Listen(path, 0x180).TryGet(out SeqpacketListener? listener, out Errno errno)) // 0600
            return new(ExitStatus.System, $"{path} cannot be listened at: {errno}");
        server = new ControlServer(listener, controls, log);
        server._accepting = Task.Factory.StartNew(server.Accept, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return null;
    }

    /// <summary>Takes no more, cancels what goes on, and waits for its last words.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Shutdown();
        await _accepting;
        await _end.CancelAsync();
        Task[] calls;
        lock (_gate)
        {
            calls = [.. _calls.Keys];
            foreach (SeqpacketSocket socket in _calls.Values)
                socket.ShutdownReading(); // one that was connected and never asked would be waited for
        }
        await Task.WhenAll(calls);
        _listener.Dispose();
        _end.Dispose();
    }

    private void Accept()
    {
        while (_listener.Accept().TryGet(out SeqpacketSocket? socket, out _))
        {
            var call = new Task<Task>(() => ServeAsync(socket));
            Task ends = call.Unwrap();
            lock (_gate)
                _calls.Add(ends, socket);
            call.Start(TaskScheduler.Default);
            _ = ends.ContinueWith(ended => Remove(ended), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Remove(Task call)
    {
        lock (_gate)
            _calls.Remove(call);
    }

    private async Task ServeAsync(SeqpacketSocket socket)
    {
        using (socket)
        {
            byte[] packet = new byte[SeqpacketSocket.MaxPacket];
            if (!socket.Receive(packet, out SafeFd? descriptor).TryGet(out int length, out _))
                return;
            descriptor?.Dispose();
            ControlReply last;
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            try
            {
                ControlRequest request = JsonSerializer.Deserialize(packet.AsSpan(0, length), UloopJson.Default.ControlRequest)
                    ?? throw new JsonException();
                last = await _controls.RunAsync(request, reply => Send(socket, reply, gone), gone.Token);
            }
            catch (JsonException)
            {
                last = new ControlReply { Error = "the request is not understood" };
            }
            catch (Exception surprise)
            {
                _log.CommandFailed(surprise);
                last = new ControlReply { Error = "it failed; the log of the device says more" };
            }
            Send(socket, last with { IsEnd = true }, gone);
        }
    }

    /// <summary>Who does not listen any more does not want the rest.</summary>
    private static void Send(SeqpacketSocket socket, ControlReply reply, CancellationTokenSource gone)
    {
        if (socket.Send(JsonSerializer.SerializeToUtf8Bytes(reply, UloopJson.Default.ControlReply)) != 0)
            _ = gone.CancelAsync();
    }
}
