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
    private const int MaxWrites = 4096; // bounds the memory of the open transaction

    private readonly sqlite3 _handle;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly List<Statement> _statements = []; // guarded by _gate
    private bool _inTransaction; // guarded by _gate
    private int _writes; // guarded by _gate; since the last commit
    private bool _closed; // guarded by _gate
    private volatile bool _damaged;

    private Database(sqlite3 handle, ILogger log) => (_handle, _log) = (handle, log);

    /// <summary>SQLite found the file damaged. Nothing more is written to it.</summary>
    public bool IsDamaged => _damaged;

    /// <summary>Leaves a mark for the next start. Set once, after opening.</summary>
    public Action? Damaged { get; set; }

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

    /// <summary>The file is damaged: nothing is read from it and nothing written any more; the next start sets it aside.</summary>
    public void SetDamaged(string reason)
    {
        _damaged = true;
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
            _statements.ForEach(statement => statement.Dispose());
            _handle.Dispose();
        }
    }

    // Where the disk is full, the transaction stays open, and its pages stay in memory, until there is room again.
    private void CommitNow()
    {
        _writes = 0;
        if (_inTransaction)
            Execute("COMMIT");
        _inTransaction = false;
    }

    private Result<T> Guarded<T>(Func<Result<T>> work, bool writes)
    {
        lock (_gate)
        {
            if (_closed || _damaged)
                return Errno.EIO;
            try
            {
                if (writes && !_inTransaction)
                {
                    Execute("BEGIN IMMEDIATE");
                    _inTransaction = true;
                }
                Result<T> result = work();
                if (writes && ++_writes >= MaxWrites)
                    CommitNow();
                return result;
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
        if (failure.Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
            SetDamaged(failure.Message);
        else
            _log.IndexFailed(failure.Code, failure.Message);
        return failure.Code == raw.SQLITE_FULL ? Errno.ENOSPC : Errno.EIO;
    }
}
