using Microsoft.Extensions.Logging;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>Opens the index, makes its tables where it is new, and refuses one of another time.</summary>
internal static class IndexFile
{
    /// <exception cref="IndexException">it is damaged where one looks first, or its tables are not ours</exception>
    public static Database Open(string path, ILogger log)
    {
        Database database = Database.Open(path, log);
        try
        {
            using Statement version = database.Prepare("PRAGMA user_version");
            long found = version.Step() ? version.Long(0) : 0;
            version.Reset();
            if (found > Schema.Version) // not damage: nothing of it is set aside
                throw new IndexException(SQLitePCL.raw.SQLITE_MISMATCH, $"this cache directory is of a newer version: its index has format {found}, "
                    + $"and this arlad knows up to {Schema.Version}. Use the newer arlad, or empty the directory");
            if (found is not 0 and not Schema.Version)
                Renew(database, found);
            database.Execute(Schema.Tables);
            if (found == 0)
                database.Execute($"PRAGMA user_version={Schema.Version}");
            if (new VolumeTable(database).Check() != 0)
                throw new IndexException(SQLitePCL.raw.SQLITE_CORRUPT, "its volumes cannot be read");
            database.CheckpointBeside(path);
            return database;
        }
        catch (IndexException)
        {
            database.Dispose();
            throw;
        }
    }

    // All steps or none: an arlad that is killed here finds the old version again.
    private static void Renew(Database database, long found)
    {
        if (found < 1)
            throw new IndexException(SQLitePCL.raw.SQLITE_NOTADB, $"its tables have version {found}, not {Schema.Version}");
        string steps = string.Concat(Schema.Steps.Skip((int)found - 1));
        database.Execute($"BEGIN; {steps} PRAGMA user_version={Schema.Version}; COMMIT");
    }
}
