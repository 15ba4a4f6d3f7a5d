using Microsoft.Extensions.Logging;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>SQLite's own look at the whole file, on a connection of its own: it may take long, and nobody waits for it.</summary>
internal static class IndexCheck
{
    /// <summary>Marks <paramref name="database"/> as damaged where the look finds anything.</summary>
    public static void Run(string path, Database database, ILogger log)
    {
        try
        {
            using Database reader = Database.Open(path, log);
            using Statement check = reader.Prepare("PRAGMA quick_check(1)");
            string answer = check.Step() ? check.Text(0) : "ok";
            check.Reset();
            if (answer != "ok")
                database.SetDamaged(answer);
        }
        catch (IndexException failure)
        {
            database.SetDamaged(failure.Message);
        }
    }
}
