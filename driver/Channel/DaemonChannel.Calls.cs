using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>Calls and their sleepers.</summary>
internal sealed partial class DaemonChannel
{
    /// <summary>Sends a call and sleeps until its wakeup, however often arlad dies meanwhile.</summary>
    /// <param name="call">its sequence is set here; the channel's from here on</param>
    /// <param name="interrupt">ends the wait at once: EINTR</param>
    /// <param name="onlyIfThere">ENOTCONN rather than a wait for arlad to come back: the caller has something to go on with</param>
    /// <returns>what was installed for it; arlad's errno; EINTR; EIO: no sign of life from arlad for too long</returns>
    public async ValueTask<Result<CallAnswer>> CallAsync(Envelope call, CancellationToken interrupt, bool onlyIfThere = false)
    {
        Sleeper sleeper = Enqueue(call, onlyIfThere);
        await using CancellationTokenRegistration registration = interrupt.UnsafeRegister(
            state => Abandon((Sleeper)state!, Errno.EINTR), sleeper);
        return await sleeper.Task;
    }

    private Sleeper Enqueue(Envelope call, bool onlyIfThere)
    {
        lock (_gate)
        {
            call.Sequence = ++_lastSequence;
            var sleeper = new Sleeper(call, _installs.Breaks, _time.GetTimestamp(), onlyIfThere);
            if (_link is null && onlyIfThere)
            {
                sleeper.SetResult(Errno.ENOTCONN);
                return sleeper;
            }
            _sleepers.Add(sleeper.Sequence, sleeper); // before the send: the wakeup may win the race
            _unsent.Enqueue(sleeper);
            SendWaiting();
            return sleeper;
        }
    }

    /// <summary>Sends what there is room for. Guarded by the gate.</summary>
    private void SendWaiting()
    {
        while (_link is { } link && _inFlight < _maxWaiting)
        {
            ForgetAbandoned();
            if (!_unsent.TryDequeue(out Sleeper? sleeper))
                return;
            sleeper.IsSent = true;
            _inFlight++;
            if (Send(link, sleeper.Call) == Errno.EMSGSIZE)
                Finish(sleeper, Errno.ENAMETOOLONG); // only a name could make a call that long
        }
    }

    private void Abandon(Sleeper sleeper, Errno errno)
    {
        lock (_gate)
        {
            if (sleeper.IsAbandoned || !_sleepers.ContainsKey(sleeper.Sequence))
                return;
            sleeper.IsAbandoned = true;
            if (sleeper.IsSent && _link is { } link)
                Send(link, new Envelope { Cancel = new Cancel { Sequence = sleeper.Sequence } });
            ForgetAbandoned();
        }
        sleeper.TrySetResult(errno);
    }

    /// <summary>Those at the head of the line, where the oldest are: arlad may be away for days. Guarded by the gate.</summary>
    private void ForgetAbandoned()
    {
        while (_unsent.TryPeek(out Sleeper? first) && first.IsAbandoned)
            _sleepers.Remove(_unsent.Dequeue().Sequence);
    }

    private void OnWakeup(ulong sequence, Wakeup wakeup)
    {
        Sleeper? sleeper;
        lock (_gate)
        {
            if (!_sleepers.TryGetValue(sequence, out sleeper) || !sleeper.IsSent)
            {
                _log.WakeupWithoutSleeper(sequence);
                return;
            }
        }
        Errno errno = ErrnoOf(wakeup.Errno);
        if (errno != 0 && !sleeper.IsAbandoned)
            _log.CallFailed(sleeper.Call.BodyCase, sequence, errno, wakeup.Reason);
        lock (_gate)
        {
            Finish(sleeper, errno);
            SendWaiting();
        }
    }

    /// <summary>Guarded by the gate.</summary>
    private void Finish(Sleeper sleeper, Errno errno)
    {
        if (!_sleepers.Remove(sleeper.Sequence))
            return;
        if (sleeper.IsSent)
            _inFlight--;
        (Envelope? install, SafeFd? descriptor) = (sleeper.Install, sleeper.Descriptor);
        sleeper.Descriptor = null;
        bool taken = sleeper.TrySetResult(errno == 0 ? new CallAnswer(install, descriptor) : errno);
        if (!taken || errno != 0)
            descriptor?.Dispose();
    }

    /// <summary>All that sleeps is asked for again at the next connection. Guarded by the gate.</summary>
    private void Unsend()
    {
        _unsent.Clear();
        _inFlight = 0;
        foreach (Sleeper sleeper in _sleepers.Values.ToArray())
        {
            sleeper.IsSent = false;
            if (sleeper.IsAbandoned || sleeper.OnlyIfThere)
                Finish(sleeper, Errno.ENOTCONN);
            else
                _unsent.Enqueue(sleeper);
        }
    }

    /// <summary>Who has waited for too long, without a sign of life for as long, gets EIO; before that arlad is asked whether it lives.</summary>
    private void Watch()
    {
        List<Sleeper> late = [];
        lock (_gate)
        {
            TimeSpan silent = _time.GetElapsedTime(_lastSign);
            if (_sleepers.Count == 0 || silent < _options.Timeout / 4)
                return;
            if (silent >= _options.Timeout)
                late.AddRange(_sleepers.Values.Where(s => !s.IsAbandoned && _time.GetElapsedTime(s.Since) >= _options.Timeout));
            else if (_link is { } link)
                Send(link, new Envelope { Sequence = ++_lastSequence, GetRoot = new GetRoot() });
        }
        foreach (Sleeper sleeper in late)
        {
            _log.CallTimedOut(sleeper.Call.BodyCase, sleeper.Sequence, _options.Timeout);
            Abandon(sleeper, Errno.EIO);
        }
    }

    private void FailAll()
    {
        lock (_gate)
        {
            foreach (Sleeper sleeper in _sleepers.Values.ToArray())
                Finish(sleeper, Errno.EIO);
        }
    }

    /// <summary>A number from outside: what Linux does not know is EIO, and so is what our own callers give another meaning.</summary>
    private static Errno ErrnoOf(uint errno) => (Errno)errno is > (Errno)133 or Errno.ENOTCONN or Errno.EPROTO ? Errno.EIO : (Errno)errno;
}
