using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>A lock for each directory in which an answer of the origin is being applied, so that a long one keeps nobody else.</summary>
/// <remarks>LOCK ORDER: a directory's, then that of the directory above it. No two side by side.</remarks>
internal sealed class DirectoryLocks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, Entry> _taken = []; // guarded by _gate

    /// <summary>Waits until nobody else has it. The same thread may take it again.</summary>
    public Held Take(NodeId directory)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_taken.TryGetValue(directory, out entry))
                _taken[directory] = entry = new Entry();
            entry.Uses++;
        }
        entry.Lock.Enter();
        return new Held(this, directory, entry);
    }

    private void Return(NodeId directory, Entry entry)
    {
        entry.Lock.Exit();
        lock (_gate)
        {
            if (--entry.Uses == 0)
                _taken.Remove(directory);
        }
    }

    /// <summary>Gives the lock back at its end, on the thread that took it.</summary>
    public readonly struct Held(DirectoryLocks locks, NodeId directory, Entry entry) : IDisposable
    {
        public void Dispose() => locks.Return(directory, entry);
    }

    internal sealed class Entry
    {
        public Lock Lock { get; } = new();

        /// <summary>Who has it or waits for it; guarded by the table's gate.</summary>
        public int Uses { get; set; }
    }
}
