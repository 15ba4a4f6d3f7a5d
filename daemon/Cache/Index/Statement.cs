using SQLitePCL;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>One prepared statement, used again and again by whoever holds the database's gate.</summary>
/// <remarks>Straight over SQLite's C interface: no boxing, no reflection, errors where they happen.</remarks>
internal sealed class Statement(sqlite3 database, sqlite3_stmt statement) : IDisposable
{
    private int _bound;

    /// <summary>Binds the parameters in their order of appearance.</summary>
    public Statement With(long value)
    {
        Check(raw.sqlite3_bind_int64(statement, ++_bound, value));
        return this;
    }

    public Statement With(ulong value) => With(unchecked((long)value));

    public Statement With(ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, ++_bound, 0) : raw.sqlite3_bind_blob(statement, ++_bound, value));
        return this;
    }

    public Statement With(string value)
    {
        Check(raw.sqlite3_bind_text(statement, ++_bound, value));
        return this;
    }

    /// <returns>true = a row is there; false = no more, and the statement is ready to be bound again</returns>
    public bool Step()
    {
        int code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW)
            return true;
        Reset();
        return code == raw.SQLITE_DONE ? false : throw Failure(code);
    }

    /// <summary>For statements that answer no row.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Lets go of the row. Needed after the last <see cref="Step"/> that answered true.</summary>
    public void Reset()
    {
        _bound = 0;
        _ = raw.sqlite3_reset(statement); // its code repeats the failure of the step
    }

    public long Long(int column) => raw.sqlite3_column_int64(statement, column);

    public ulong ULong(int column) => unchecked((ulong)Long(column));

    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    public void Dispose() => statement.Dispose();

    private void Check(int code)
    {
        if (code == raw.SQLITE_OK)
            return;
        Reset();
        throw Failure(code);
    }

    private IndexException Failure(int code) => new(code, raw.sqlite3_errmsg(database).utf8_to_string());
}
