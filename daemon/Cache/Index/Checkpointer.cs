using SQLitePCL;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>
/// Carries what was committed from SQLite's log file into the index, on a connection and a thread of its own: the copying and
/// the syncs of a checkpoint take as long as the disk does, and nobody who looks something up waits for them.
/// </summary>
/// <remarks>
/// The log is begun anew by a write that finds all of it carried over. Under writes without a pause there is no such moment: so
/// now and then the writer carries over the rest, which is little, before he goes on.
/// </remarks>
internal sealed class Checkpointer : IDisposable
{
    private const int Enough = 2000; // rows written between two checkpoints
    private const int TooMany = 16_384; // rows, after which the writer waits

    private readonly sqlite3 _handle;
    private readonly Action<int, string> _failed;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly Lock _one = new(); // LOCK ORDER: after the database's gate
    private readonly Thread _thread;
    private int _due, _behind; // rows; by the database's one writer
    private int _failure; // guarded by _one; SQLite's code that was said since a checkpoint last succeeded; 0 = none
    private volatile bool _ends;

    /// <param name="path">the index</param>
    /// <param name="failed">SQLite's code and words; once, until it works again</param>
    /// <exception cref="IndexException">the file cannot be opened once more</exception>
    public Checkpointer(string path, Action<int, string> failed)
    {
        _failed = failed;
        int code = raw.sqlite3_open_v2(path, out _handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code == raw.SQLITE_OK)
            code = raw.sqlite3_exec(_handle, "SELECT 1 FROM sqlite_schema"); // the log is opened by the first read, not by a checkpoint
        if (code != raw.SQLITE_OK)
        {
            string message = raw.sqlite3_errmsg(_handle).utf8_to_string();
            _handle.Dispose();
            throw new IndexException(code, message);
        }
        _thread = new Thread(Run) { IsBackground = true, Name = "index checkpoints" };
        _thread.Start();
    }

    /// <summary>A transaction was committed, and the next one has not begun. Called by one thread at a time.</summary>
    /// <param name="rows">that it wrote</param>
    public void Committed(int rows)
    {
        _due += rows;
        _behind += rows;
        if (_behind >= TooMany)
        {
            Carry();
            _due = _behind = 0;
        }
        else if (_due >= Enough)
        {
            _due = 0;
            Wake();
        }
    }

    public void Dispose()
    {
        _ends = true;
        Wake();
        _thread.Join();
        _handle.Dispose();
        _wanted.Dispose();
    }

    private void Wake()
    {
        lock (_wanted)
        {
            if (_wanted.CurrentCount == 0)
                _wanted.Release();
        }
    }

    private void Run()
    {
        while (true)
        {
            _wanted.Wait();
            if (_ends)
                return;
            Carry();
        }
    }

    private void Carry()
    {
        lock (_one)
        {
            int code = raw.sqlite3_wal_checkpoint_v2(_handle, null, raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
            if (code == raw.SQLITE_BUSY)
                return; // somebody looks at the file from elsewhere
            if (code != raw.SQLITE_OK && code != _failure)
                _failed(code & 0xff, raw.sqlite3_errmsg(_handle).utf8_to_string());
            _failure = code;
        }
    }
}
