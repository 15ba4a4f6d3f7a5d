namespace Nnpfs.Daemon.Volumes;

/// <summary>Which mounts there are, connected or about to come back; over restarts of arlad, too.</summary>
/// <remarks>
/// A driver serves what it has while it is not connected: an invalidation waits for those that were here a moment ago, or that
/// an earlier run knew. One that said goodbye is gone; of one that ended without a word nobody can say so until its grace time passed.
/// </remarks>
internal sealed class MountBook
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _grace;
    private readonly Action<IReadOnlyList<string>> _keep;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _known = []; // guarded by _gate; by the mount's own id
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously); // guarded by _gate

    /// <param name="time">of the grace time</param>
    /// <param name="grace">how long a mount may be away and count as one that comes back: longer than its pauses between two tries</param>
    /// <param name="expected">ids that an earlier run knew</param>
    /// <param name="keep">takes every id for the next run, before a mount that is new is served; called under this book's lock</param>
    public MountBook(TimeProvider time, TimeSpan grace, IEnumerable<string> expected, Action<IReadOnlyList<string>> keep)
    {
        (_time, _grace, _keep) = (time, grace, keep);
        foreach (string id in expected)
            _known[id] = new(null, time.GetTimestamp(), Task.CompletedTask);
    }

    /// <summary>One of them is expected back.</summary>
    public bool IsAnyAway
    {
        get
        {
            lock (_gate)
            {
                long now = _time.GetTimestamp();
                return _known.Values.Any(entry => entry.Mount is null && !IsLost(entry, now));
            }
        }
    }

    /// <param name="id">the mount's own</param>
    /// <param name="mount">its session</param>
    /// <param name="settled">ends when it holds nothing any more of what was taken back while it was away, or has gone again</param>
    public void Came(string id, IMount mount, Task settled)
    {
        lock (_gate)
        {
            bool isNew = !_known.ContainsKey(id);
            _known[id] = new(mount, 0, settled);
            if (isNew)
                Keep(_time.GetTimestamp());
            Tell();
        }
    }

    /// <summary>Its connection has ended.</summary>
    public void Went(IMount mount)
    {
        lock (_gate)
        {
            if (Find(mount) is { } id)
                _known[id] = new(null, _time.GetTimestamp(), Task.CompletedTask);
            Tell();
        }
    }

    /// <summary>It said that it will not be back.</summary>
    public void Left(IMount mount)
    {
        lock (_gate)
        {
            if (Find(mount) is not { } id)
                return;
            _known.Remove(id);
            Keep(_time.GetTimestamp());
            Tell();
        }
    }

    /// <summary>Ends when every known mount is connected and settled, or has been away for the grace time: then it is forgotten.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            Task[] unsettled;
            TimeSpan longest;
            lock (_gate)
            {
                long now = _time.GetTimestamp(); // one for both: who is not waited for any more is not kept either
                if (_known.Values.Any(entry => IsLost(entry, now)))
                    Keep(now);
                longest = _known.Values.Where(entry => entry.Mount is null)
                    .Select(entry => _grace - _time.GetElapsedTime(entry.Left, now)).DefaultIfEmpty().Max();
                unsettled = [.. _known.Values.Select(entry => entry.Settled).Where(task => !task.IsCompleted)];
                if (longest <= TimeSpan.Zero && unsettled.Length == 0)
                    return;
                changed = _changed.Task;
            }
            if (unsettled.Length > 0)
                await Task.WhenAny(changed, Task.WhenAll(unsettled)).WaitAsync(cancel);
            else
                await Task.WhenAny(changed, Task.Delay(longest, _time, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    // Holds _gate. Those that are lost go with it, so that the list does not grow by every driver that was killed.
    private void Keep(long now)
    {
        foreach ((string id, Entry entry) in _known)
        {
            if (IsLost(entry, now))
                _known.Remove(id); // Dictionary allows this within its own enumeration
        }
        _keep([.. _known.Keys]);
    }

    // Holds _gate. A mount that is back stands there with its new session, not with the one that ended.
    private string? Find(IMount mount) => _known.FirstOrDefault(known => known.Value.Mount == mount).Key;

    private bool IsLost(Entry entry, long now) => entry.Mount is null && _time.GetElapsedTime(entry.Left, now) >= _grace;

    private void Tell()
    {
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly record struct Entry(IMount? Mount, long Left, Task Settled);
}
