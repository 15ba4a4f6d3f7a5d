namespace Nnpfs.Daemon.Cache.Index;

/// <summary>SQLite refused. Caught in one place, <see cref="Database"/>, where it becomes an errno and a log line.</summary>
internal sealed class IndexException(int code, string message) : Exception(message)
{
    /// <summary>SQLite's primary result code.</summary>
    public int Code { get; } = code & 0xff;
}
