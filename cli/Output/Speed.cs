namespace Nnpfs.Cli.Output;

/// <summary>Bytes a second over the last few seconds, and what is left at that speed.</summary>
internal sealed class Speed
{
    private const ulong WindowMs = 5000;

    private readonly Queue<(ulong At, ulong Bytes)> _points = new();

    /// <summary>Zero until there are two looks.</summary>
    public double BytesPerSecond { get; private set; }

    /// <param name="elapsedMs">since the start</param>
    /// <param name="bytes">done until now</param>
    public void Look(ulong elapsedMs, ulong bytes)
    {
        _points.Enqueue((elapsedMs, bytes));
        while (_points.Count > 2 && elapsedMs - _points.Peek().At > WindowMs)
            _points.Dequeue();
        (ulong at, ulong before) = _points.Peek();
        BytesPerSecond = elapsedMs > at && bytes >= before ? (bytes - before) * 1000.0 / (elapsedMs - at) : 0;
    }

    /// <returns>null while it cannot be told</returns>
    public ulong? LeftMs(ulong bytes) => BytesPerSecond > 0 ? (ulong)(bytes * 1000.0 / BytesPerSecond) : null;
}
