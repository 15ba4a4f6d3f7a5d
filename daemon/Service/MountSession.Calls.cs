using Nnpfs.Daemon.Metrics;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>The calls in flight: begun on the reader thread, run on the pool, ended by a wakeup.</summary>
internal sealed partial class MountSession
{
    /// <summary>Its calls, and what it was told to give back and has not.</summary>
    public IEnumerable<Wait> Waits()
    {
        lock (_gate)
            return [.. _calls.Values.Select(call => call.Wait), .. _tickets.Values.Select(ticket => ticket.Wait)];
    }

    private bool Begin(Volume volume, CallRow row, Envelope envelope)
    {
        if (envelope.Sequence == 0)
            return false;
        if (!row.IsValid(envelope))
        {
            Log.BadCall(_log, _mountPoint, row.Name);
            Wake(envelope.Sequence, Errno.EPROTO);
            return true;
        }
        var call = new CallContext(this, volume, envelope, new Wait(row.Name, row.Subject(envelope), _time.GetUtcNow()) { Mount = _streams });
        lock (_gate)
        {
            if (_calls.Count < _server.Options.MaxWaiting)
            {
                if (!_calls.TryAdd(envelope.Sequence, call))
                    return false;
                ThreadPool.UnsafeQueueUserWorkItem(static begun => _ = begun.Call.Session.RunAsync(begun.Row, begun.Call), (Row: row, Call: call), preferLocal: false);
                return true;
            }
        }
        call.Dispose();
        Wake(envelope.Sequence, Errno.EBUSY); // it was told how many in Welcome
        return true;
    }

    /// <summary>The one place where a surprise becomes an errno.</summary>
    private async Task RunAsync(CallRow row, CallContext call)
    {
        long start = _time.GetTimestamp();
        Errno errno;
        try
        {
            errno = await row.HandleAsync(call);
        }
        catch (OperationCanceledException)
        {
            errno = Errno.ECANCELED;
        }
        catch (Exception failure)
        {
            Log.CallFailed(_log, failure, row.Name, call.Envelope.Sequence, call.Wait.Node);
            errno = Errno.EIO;
        }
        // Removed before the wakeup: the driver may use the place of this call as soon as it is woken.
        lock (_gate)
        {
            _calls.Remove(call.Envelope.Sequence);
            call.Dispose();
            EndIfIdle();
        }
        Wake(call.Envelope.Sequence, errno);
        Count(call, row.Name, errno, _time.GetElapsedTime(start));
        Log.Call(_log, row.Name, call.Envelope.Sequence, call.Wait.Node, errno, _time.GetElapsedTime(start).TotalMilliseconds);
    }

    private static void Count(CallContext call, string name, Errno errno, TimeSpan time)
    {
        KeyValuePair<string, object?> volume = Instruments.Volume(call.Volume.Name);
        Instruments.Calls.Add(1, volume, new("call", name), new("result", errno == 0 ? "ok" : errno.ToString()));
        Instruments.CallSeconds.Record(time.TotalSeconds, volume, new("call", name));
    }

    private Errno Send(Envelope envelope, SafeFd? descriptor = null)
    {
        Trace("to", envelope);
        return _connection.Send(envelope, descriptor);
    }

    private void Trace(string direction, Envelope envelope)
    {
        if (_server.Options.Trace())
            Log.Wire(_log, direction, _mountPoint, envelope);
    }

    private void Wake(ulong sequence, Errno errno) =>
        Send(new Envelope { Sequence = sequence, Wakeup = new() { Errno = (uint)errno } });

    private bool TakeCancel(ulong sequence)
    {
        lock (_gate)
        {
            if (_calls.TryGetValue(sequence, out CallContext? call))
                call.Cancel();
        }
        return true; // a cancel that crossed its wakeup names nothing
    }
}
