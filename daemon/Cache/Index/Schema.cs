namespace Nnpfs.Daemon.Cache.Index;

/// <summary>The tables of the index, and their version.</summary>
/// <remarks>Totals are kept by triggers, so that nothing is counted at start. docs/cache.md says what each column means.</remarks>
internal static class Schema
{
    public const int Version = 2;

    /// <summary>What makes an index of the version before this one; at [i] is the step from version i + 1.</summary>
    public static readonly string[] Steps =
    [
        "ALTER TABLE blocks ADD COLUMN run INTEGER NOT NULL DEFAULT 0;", // every block had a file of its own
    ];

    public const string Tables = """
        CREATE TABLE IF NOT EXISTS volumes(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, block_size INTEGER NOT NULL, root INTEGER NOT NULL, proof INTEGER NOT NULL,
            nodes INTEGER NOT NULL DEFAULT 0, blocks INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
            pinned INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE IF NOT EXISTS nodes(
            id INTEGER PRIMARY KEY, volume INTEGER NOT NULL, parent INTEGER NOT NULL, name BLOB NOT NULL, kind INTEGER NOT NULL,
            size INTEGER NOT NULL, version INTEGER NOT NULL, listed INTEGER NOT NULL, pinned INTEGER NOT NULL DEFAULT 0,
            seen INTEGER NOT NULL, facts BLOB NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS nodes_by_name ON nodes(parent, name);
        CREATE INDEX IF NOT EXISTS nodes_listed ON nodes(seen) WHERE listed = 1;
        CREATE INDEX IF NOT EXISTS nodes_pinned ON nodes(size) WHERE pinned > 0;
        CREATE TABLE IF NOT EXISTS contents(
            node INTEGER NOT NULL, version INTEGER NOT NULL, volume INTEGER NOT NULL, size INTEGER NOT NULL, proof INTEGER NOT NULL,
            stale INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL, PRIMARY KEY(node, version)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS contents_stale ON contents(volume) WHERE stale = 1;
        CREATE TABLE IF NOT EXISTS blocks(
            node INTEGER NOT NULL, version INTEGER NOT NULL, block INTEGER NOT NULL, volume INTEGER NOT NULL,
            generation INTEGER NOT NULL, map INTEGER NOT NULL, bytes INTEGER NOT NULL, used INTEGER NOT NULL,
            pinned INTEGER NOT NULL, checksums BLOB NOT NULL, proof INTEGER NOT NULL, run INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY(node, version, block)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS blocks_used ON blocks(pinned, used, generation);
        CREATE TABLE IF NOT EXISTS pins(node INTEGER PRIMARY KEY, volume INTEGER NOT NULL, subtree INTEGER NOT NULL);
        CREATE TRIGGER IF NOT EXISTS node_new AFTER INSERT ON nodes BEGIN
            UPDATE volumes SET nodes = nodes + 1 WHERE id = new.volume; END;
        CREATE TRIGGER IF NOT EXISTS node_gone AFTER DELETE ON nodes BEGIN
            UPDATE volumes SET nodes = nodes - 1 WHERE id = old.volume; END;
        CREATE TRIGGER IF NOT EXISTS block_new AFTER INSERT ON blocks BEGIN
            UPDATE volumes SET blocks = blocks + 1, bytes = bytes + new.bytes, pinned = pinned + new.bytes * new.pinned WHERE id = new.volume; END;
        CREATE TRIGGER IF NOT EXISTS block_changed AFTER UPDATE OF bytes, pinned ON blocks BEGIN
            UPDATE volumes SET bytes = bytes + new.bytes - old.bytes,
                pinned = pinned + new.bytes * new.pinned - old.bytes * old.pinned WHERE id = new.volume; END;
        CREATE TRIGGER IF NOT EXISTS block_gone AFTER DELETE ON blocks BEGIN
            UPDATE volumes SET blocks = blocks - 1, bytes = bytes - old.bytes, pinned = pinned - old.bytes * old.pinned WHERE id = old.volume; END;
        """;
}
