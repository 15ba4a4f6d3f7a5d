using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>Watches the directories that somebody looked into, while somebody listens, and tells of their changes.</summary>
/// <remarks>
/// A directory is covered on demand, before its facts are read. Events are read five times a second, which also coalesces them.
/// Where watches run out, a directory is simply not covered: its facts hold for as long as the volume's default says.
/// INVARIANT: every directory above a covered one is covered, so that it is told when one of them is moved away.
/// </remarks>
internal sealed class DirectoryWatches(SafeFd root, int limit, ILogger logger, TimeProvider time) : IDisposable
{
    private const InotifyEvents Wanted = InotifyEvents.Modify | InotifyEvents.Attributes | InotifyEvents.CloseWrite
        | InotifyEvents.MovedFrom | InotifyEvents.MovedTo | InotifyEvents.Create | InotifyEvents.Delete
        | InotifyEvents.DeleteSelf | InotifyEvents.MoveSelf | InotifyEvents.OnlyDirectory;

    /// <summary>Those that change the directory as well.</summary>
    private const InotifyEvents OfEntries = InotifyEvents.MovedFrom | InotifyEvents.MovedTo | InotifyEvents.Create | InotifyEvents.Delete;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Dictionary<OriginPath, int> _watches = []; // guarded by _gate
    private readonly Dictionary<int, OriginPath> _paths = []; // guarded by _gate; the same, turned round
    private int _newest; // guarded by _gate
    private Inotify? _inotify; // guarded by _gate; null while nobody listens
    private bool _warned; // guarded by _gate

    /// <summary>Sees to it that changes in a directory are told from here on.</summary>
    /// <returns>false: they are not</returns>
    internal bool Cover(OriginPath directory)
    {
        lock (_gate)
        {
            if (_inotify is null)
                return false;
            return CoverAll(_inotify, directory);
        }
    }

    /// <summary>The number of the newest watch: the kernel counts upwards.</summary>
    internal int Newest
    {
        get
        {
            lock (_gate)
                return _paths.Count == 0 ? 0 : _newest;
        }
    }

    /// <summary>Changes in it were told already when <see cref="Newest"/> was this.</summary>
    internal bool WasCovered(OriginPath directory, int newest)
    {
        lock (_gate)
            return _watches.TryGetValue(directory, out int watch) && watch <= newest;
    }

    internal async IAsyncEnumerable<OriginChange?> WatchAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (limit == 0 || !Begin())
            yield break;
        try
        {
            using var timer = new PeriodicTimer(Tick, time);
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
            {
                foreach (OriginChange? change in Collect())
                    yield return change;
            }
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _inotify?.Dispose();
            _inotify = null;
            _watches.Clear();
            _paths.Clear();
        }
    }

    private bool Begin()
    {
        lock (_gate)
        {
            if (Inotify.Open().TryGet(out Inotify? opened, out Errno errno))
                _inotify = opened;
            else
                logger.NoInotify(errno);
            return opened is not null;
        }
    }

    /// <summary>From the root downwards, as far as that is missing.</summary>
    private bool CoverAll(Inotify inotify, OriginPath directory)
    {
        Stack<OriginPath> missing = [];
        for (OriginPath at = directory; !_watches.ContainsKey(at); at = at.Parent)
        {
            missing.Push(at);
            if (at.IsRoot)
                break;
        }
        return missing.All(each => Add(inotify, each));
    }

    private bool Add(Inotify inotify, OriginPath directory)
    {
        Errno errno = _watches.Count < limit ? 0 : Errno.ENOSPC;
        if (errno == 0 && PathWalk.Open(root, directory).TryGet(out SafeFd? opened, out errno))
        {
            using SafeFd watched = opened;
            if (inotify.Watch(watched, Wanted).TryGet(out int watch, out errno))
                return Remember(directory, watch);
        }
        if (errno == Errno.ENOSPC && !_warned)
        {
            _warned = true;
            logger.OutOfWatches(_watches.Count);
        }
        return false;
    }

    /// <returns>false: this directory is watched under another name, by which its changes are told</returns>
    private bool Remember(OriginPath directory, int watch)
    {
        if (!_paths.TryAdd(watch, directory))
            return false;
        _watches[directory] = _newest = watch;
        return true;
    }

    private List<OriginChange?> Collect()
    {
        lock (_gate)
        {
            var changes = new ChangeSet();
            Errno errno = _inotify?.Read((watch, events, name) => Note(changes, watch, events, name)) ?? 0;
            if (errno == 0 && !changes.IsAllInDoubt)
                return changes.ToList();
            // Moves may have been lost too, so no watch's path is certain any more: begin anew.
            logger.ChangesLost(errno);
            Dispose();
            Begin();
            return [null];
        }
    }

    private void Note(ChangeSet changes, int watch, InotifyEvents events, ReadOnlySpan<byte> name)
    {
        if ((events & (InotifyEvents.Overflow | InotifyEvents.Unmount)) != 0)
            changes.IsAllInDoubt = true;
        if (!_paths.TryGetValue(watch, out OriginPath directory))
            return;
        bool gone = (events & (InotifyEvents.DeleteSelf | InotifyEvents.MoveSelf | InotifyEvents.Ignored)) != 0;
        if (gone)
            Drop(directory);
        if (name.IsEmpty || !OriginPath.IsName(name))
        {
            changes.Add(directory, deep: gone);
            return;
        }
        OriginPath entry = directory.Join(name);
        bool deep = events.HasFlag(InotifyEvents.IsDirectory) && (events & ~InotifyEvents.IsDirectory) != InotifyEvents.Attributes;
        if (deep)
            Drop(entry);
        changes.Add(entry, deep);
        if ((events & OfEntries) != 0)
            changes.Add(directory, deep: false); // its own times and links
    }

    /// <summary>A directory is not where it was: neither it nor anything beneath it is watched by its old path.</summary>
    private void Drop(OriginPath directory)
    {
        foreach ((OriginPath path, int watch) in _watches.Where(pair => IsWithin(pair.Key, directory)).ToArray())
        {
            _watches.Remove(path);
            _paths.Remove(watch);
            _inotify?.Unwatch(watch); // gone already, where the directory was deleted
        }
    }

    private static bool IsWithin(OriginPath path, OriginPath directory)
    {
        ReadOnlySpan<byte> bytes = path.Bytes, prefix = directory.Bytes;
        return bytes.StartsWith(prefix) && (prefix.IsEmpty || bytes.Length == prefix.Length || bytes[prefix.Length] == (byte)'/');
    }
}
