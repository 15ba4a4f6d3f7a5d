using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>The index's log file beside it.</summary>
public sealed class CheckpointTests
{
    private const int Rows = 60_000;
    private static readonly byte[] Row = new byte[2000]; // two to a page: 120 MB in all

    [Fact]
    public async Task What_was_committed_is_carried_into_the_index_while_it_is_open()
    {
        using var scratch = new Scratch();
        using Database index = Make(scratch.Path("index.db"), out Statement insert);

        Write(index, insert, 5000); // of which 4,096 make a transaction

        await Patience.UntilAsync(() => new FileInfo(scratch.Path("index.db")).Length > 4096 * Row.Length, "a checkpoint");
    }

    [Fact]
    public void Writes_without_a_pause_leave_the_log_bounded()
    {
        using var scratch = new Scratch();
        using Database index = Make(scratch.Path("index.db"), out Statement insert);

        Write(index, insert, Rows);

        Assert.InRange(new FileInfo(scratch.Path("index.db-wal")).Length, 1, 80 << 20);
    }

    private static Database Make(string path, out Statement insert)
    {
        Database index = IndexFile.Open(path, NullLogger.Instance);
        index.Execute("CREATE TABLE filler (row BLOB)");
        insert = index.Prepare("INSERT INTO filler VALUES (?)");
        return index;
    }

    private static void Write(Database index, Statement insert, int rows)
    {
        for (int i = 0; i < rows; i++)
            Assert.Equal(default, index.Write(() => insert.With(Row).Run()));
    }
}
