namespace Nnpfs.Daemon.Volumes;

/// <summary>Which mounts there are, connected or about to come back.</summary>
/// <remarks>A driver serves what it has while it is not connected: an invalidation waits for those that were here a moment ago.</remarks>
internal sealed class MountBook(TimeProvider time, TimeSpan grace)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _known = []; // guarded by _gate; by the mount's own id
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously); // guarded by _gate

    public void Came(string id, IMount mount)
    {
        lock (_gate)
        {
            _known[id] = new(mount, 0);
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Went(IMount mount)
    {
        lock (_gate)
        {
            // A mount that is back already stands there with its new session.
            string? id = _known.FirstOrDefault(known => known.Value.Mount == mount).Key;
            if (id is not null)
                _known[id] = new(null, time.GetTimestamp());
        }
    }

    /// <summary>A mount of an earlier run: it is expected.</summary>
    public void Expect(string id)
    {
        lock (_gate)
            _known.TryAdd(id, new(null, time.GetTimestamp()));
    }

    /// <summary>One of them is expected back.</summary>
    public bool IsAnyAway
    {
        get
        {
            lock (_gate)
                return _known.Values.Any(entry => entry.Mount is null && time.GetElapsedTime(entry.Left) < grace);
        }
    }

    /// <summary>The ids of all, to be kept for the next run.</summary>
    public IReadOnlyList<string> Known
    {
        get
        {
            lock (_gate)
                return [.. _known.Keys];
        }
    }

    /// <summary>Ends when every known mount is connected, or has been away for the grace time: then it is forgotten.</summary>
    public async Task WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            TimeSpan longest = TimeSpan.Zero;
            lock (_gate)
            {
                foreach ((string id, Entry entry) in _known.Where(known => known.Value.Mount is null))
                {
                    TimeSpan left = grace - time.GetElapsedTime(entry.Left);
                    if (left <= TimeSpan.Zero)
                        _known.Remove(id); // Dictionary allows this within its own enumeration
                    else if (left > longest)
                        longest = left;
                }
                if (longest == TimeSpan.Zero)
                    return;
                changed = _changed.Task;
            }
            await Task.WhenAny(changed, Task.Delay(longest, time, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    private readonly record struct Entry(IMount? Mount, long Left);
}
