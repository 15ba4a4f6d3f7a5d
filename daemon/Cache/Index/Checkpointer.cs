using SQLitePCL;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>
/// Carries what was committed from SQLite's log file into the index, on a connection and a thread of its own: the copying and
/// the syncs of a checkpoint take as long as the disk does, and nobody who looks something up waits for them.
/// </summary>
/// <remarks>
/// The log is begun anew by a write that finds all of it carried over. Under writes without a pause there is no such moment: when
/// the log has grown long, the writers wait for the rest.
/// </remarks>
internal sealed class Checkpointer : IDisposable
{
    private const int Enough = 2000; // rows written between two checkpoints
    private const int LongLog = 8192; // pages of 4 KiB

    private readonly sqlite3 _handle;
    private readonly Action _finish;
    private readonly Action<int, string> _failed;
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly Thread _thread;
    private int _written; // by the database's one writer
    private int _failure; // by the thread; SQLite's code that was said since a checkpoint last succeeded; 0 = none
    private volatile bool _ends;

    /// <param name="path">the index</param>
    /// <param name="finish">does a checkpoint while nothing can be written</param>
    /// <param name="failed">SQLite's code and words; once, until it works again</param>
    /// <exception cref="IndexException">the file cannot be opened once more</exception>
    public Checkpointer(string path, Action finish, Action<int, string> failed)
    {
        (_finish, _failed) = (finish, failed);
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

    /// <summary>A transaction was committed. Called by one thread at a time.</summary>
    /// <param name="rows">that it wrote</param>
    public void Committed(int rows)
    {
        _written += rows;
        if (_written < Enough)
            return;
        _written = 0;
        Wake();
    }

    /// <summary>Waits for the checkpoint under way, which may wait for the writers: not to be called by one of them.</summary>
    public void Stop()
    {
        if (_ends)
            return;
        _ends = true;
        Wake();
        _thread.Join();
    }

    /// <summary>After <see cref="Stop"/>, and the last <see cref="Committed"/>.</summary>
    public void Dispose()
    {
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
            int code = raw.sqlite3_wal_checkpoint_v2(_handle, null, raw.SQLITE_CHECKPOINT_PASSIVE, out int pages, out _);
            if (code is not raw.SQLITE_OK and not raw.SQLITE_BUSY && code != _failure) // busy: another one is at it
                _failed(code & 0xff, raw.sqlite3_errmsg(_handle).utf8_to_string());
            _failure = code == raw.SQLITE_BUSY ? _failure : code;
            if (pages > LongLog)
                _finish();
        }
    }
}
