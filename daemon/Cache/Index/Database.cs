using Microsoft.Extensions.Logging;
using Nnpfs.Posix;
using SQLitePCL;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>One SQLite connection behind a gate. Changes collect in an open transaction, which its user commits from time to time.</summary>
/// <remarks>
/// Reads go through the same connection, so they see what was just written, committed or not. A commit writes to the log
/// file without waiting for the disk (WAL, synchronous = NORMAL): what must survive a power cut at once is not kept here.
/// Knows nothing of nodes and blocks.
/// </remarks>
internal sealed class Database : IDisposable
{
    private const int MaxWrites = 4096; // of one transaction
    internal const int MaxUncommitted = 4 * MaxWrites; // while the disk is full: bounds the memory of the transaction that stays open

    private const int MaxWays = 3; // ms that are given to others at a time

    private const int CacheUsed = 1; // SQLITE_DBSTATUS_CACHE_USED: bytes of pages in memory
    private const int SpareRoom = 256 * 1024; // for the heads of pages in the log, and the file system's own needs

    private readonly sqlite3 _handle;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly List<Statement> _statements = []; // guarded by _gate
    private bool _inTransaction; // guarded by _gate
    private int _writes; // guarded by _gate; since a commit was last tried
    private int _uncommitted; // guarded by _gate; writes since a commit last succeeded
    private int _failure; // guarded by _gate; SQLite's code that was logged since then; 0 = none
    private bool _closed; // guarded by _gate
    private bool _damaged; // atomic
    private Checkpointer? _checkpointer; // set once, while opening
    private int _waiting; // atomic: calls that want the gate

    private Database(sqlite3 handle, ILogger log) => (_handle, _log) = (handle, log);

    /// <summary>SQLite found the file damaged. Nothing more is written to it.</summary>
    public bool IsDamaged => Volatile.Read(ref _damaged);

    /// <summary>Leaves a mark for the next start. Set once, after opening.</summary>
    public Action? Damaged { get; set; }

    /// <summary>Bytes free on its disk; null = not known. Set once, after opening.</summary>
    public Func<long>? Room { get; set; }

    /// <summary>Opens or makes the file.</summary>
    /// <exception cref="IndexException">the file is no database, or it is damaged where one looks first</exception>
    public static Database Open(string path, ILogger log)
    {
        Batteries_V2.Init();
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(handle, log);
        try
        {
            if (code != raw.SQLITE_OK)
                throw new IndexException(code, raw.sqlite3_errmsg(handle).utf8_to_string());
            database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY; "
                + "PRAGMA wal_autocheckpoint=4000; PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF; PRAGMA cache_spill=OFF");
            return database;
        }
        catch (IndexException)
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>From here on commits do no checkpoints: they are done beside them. Once, while opening.</summary>
    public void CheckpointBeside(string path)
    {
        Execute("PRAGMA wal_autocheckpoint=0");
        _checkpointer = new Checkpointer(path, CheckpointFailed);
    }

    /// <summary>Prepares a statement that lives as long as the database.</summary>
    public Statement Prepare(string sql)
    {
        int code = raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement);
        if (code != raw.SQLITE_OK)
            throw new IndexException(code, $"{raw.sqlite3_errmsg(_handle).utf8_to_string()} in: {sql}");
        var prepared = new Statement(_handle, statement);
        _statements.Add(prepared);
        return prepared;
    }

    /// <summary>Runs SQL that answers nothing, outside the gate: for opening.</summary>
    public void Execute(string sql)
    {
        int code = raw.sqlite3_exec(_handle, sql);
        if (code != raw.SQLITE_OK)
            throw new IndexException(code, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    /// <summary>Runs <paramref name="work"/> with the gate held. It must not wait for anything.</summary>
    /// <returns>what it answers; EIO when the index is damaged or closed, ENOSPC when its disk is full</returns>
    public Result<T> Read<T>(Func<Result<T>> work) => Guarded(work, writes: false);

    /// <summary>As <see cref="Read"/>, within the open transaction, which this begins where none is open.</summary>
    public Errno Write(Action work) => Guarded<bool>(
        () =>
        {
            work();
            return true;
        },
        writes: true).Errno;

    /// <summary>Ends the open transaction: what was written survives the death of this process.</summary>
    public Errno Commit() => Guarded<bool>(
        () =>
        {
            CommitNow();
            return true;
        },
        writes: false).Errno;

    /// <summary>For who comes again and again with long work: the gate is not fair, and would let nobody else in meanwhile.</summary>
    public void GiveWay()
    {
        for (int i = 0; i < MaxWays && Volatile.Read(ref _waiting) > 0; i++)
            Thread.Sleep(1);
    }

    /// <summary>The file is damaged: nothing is read from it and nothing written any more; the next start sets it aside.</summary>
    public void SetDamaged(string reason)
    {
        if (Interlocked.Exchange(ref _damaged, true))
            return; // said before
        _log.IndexDamaged(reason);
        Damaged?.Invoke();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            if (_inTransaction)
                _ = raw.sqlite3_exec(_handle, "COMMIT");
            _checkpointer?.Dispose();
            _statements.ForEach(statement => statement.Dispose());
            _handle.Dispose();
        }
    }

    // A COMMIT that meets a full disk rolls all of the transaction back, and nodes would have their old versions again. So it is not
    // tried without room for every page that it may write: the transaction stays open, and its pages in memory, until there is some.
    private void CommitNow()
    {
        _writes = 0;
        if (!_inTransaction)
            return;
        _ = raw.sqlite3_db_status(_handle, CacheUsed, out int pages, out _, 0);
        if (Room?.Invoke() < pages + SpareRoom)
            throw new IndexException(raw.SQLITE_FULL, "no room for its changes, which stay in memory");
        Execute("COMMIT");
        _inTransaction = false;
        int written = _uncommitted;
        _uncommitted = _failure = 0;
        _checkpointer?.Committed(written);
    }

    // Holds _gate. What is written is seen from here on, although it is not committed: that is no failure of the write.
    private Errno CommitIfLong()
    {
        _uncommitted++;
        if (++_writes < MaxWrites)
            return 0;
        try
        {
            CommitNow();
            return 0;
        }
        catch (IndexException failure)
        {
            Errno errno = ErrnoOf(failure);
            return _inTransaction ? 0 : errno;
        }
    }

    private void CheckpointFailed(int code, string message)
    {
        if (code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
            SetDamaged(message);
        else
            _log.IndexFailed(code, message);
    }

    private Result<T> Guarded<T>(Func<Result<T>> work, bool writes)
    {
        Interlocked.Increment(ref _waiting);
        lock (_gate)
        {
            Interlocked.Decrement(ref _waiting);
            if (_closed || IsDamaged)
                return Errno.EIO;
            try
            {
                if (!writes)
                    return work();
                if (_uncommitted >= MaxUncommitted)
                    CommitNow(); // or nothing more is taken in
                if (!_inTransaction)
                {
                    Execute("BEGIN IMMEDIATE");
                    _inTransaction = true;
                }
                Result<T> result = work();
                Errno failed = CommitIfLong();
                return failed == 0 ? result : failed;
            }
            catch (IndexException failure)
            {
                return ErrnoOf(failure);
            }
        }
    }

    private Errno ErrnoOf(IndexException failure)
    {
        // SQLite may have rolled the whole transaction back by itself (full disk, I/O error): ask, do not guess.
        _inTransaction = raw.sqlite3_get_autocommit(_handle) == 0;
        if (failure.Code == raw.SQLITE_CONSTRAINT)
            return Errno.EEXIST; // an answer, not a failure
        if (!_inTransaction)
            _uncommitted = 0;
        if (failure.Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
            SetDamaged(failure.Message);
        else if (_failure != failure.Code)
            _log.IndexFailed(failure.Code, failure.Message); // once, until a commit succeeds
        _failure = failure.Code;
        return failure.Code == raw.SQLITE_FULL ? Errno.ENOSPC : Errno.EIO;
    }
}
