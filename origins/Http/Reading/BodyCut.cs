namespace Nnpfs.Origins.Http.Reading;

/// <summary>Cuts one range out of a body that may begin before it and go on after it.</summary>
/// <param name="sink">gets the range, and nothing else</param>
/// <param name="skip">bytes of the body before the range</param>
/// <param name="offset">of the range's first byte in the file</param>
/// <param name="length">of the range</param>
internal sealed class BodyCut(IOriginSink sink, long skip, long offset, long length)
{
    private long _skip = skip;
    private long _next = offset;

    public long Left { get; private set; } = length;

    public bool IsDone => Left == 0;

    /// <returns>ENODATA when the range is complete</returns>
    public async ValueTask<Errno> TakeAsync(ReadOnlyMemory<byte> part)
    {
        int skipped = (int)Math.Min(_skip, part.Length);
        _skip -= skipped;
        part = part[skipped..];
        if (part.Length > Left)
            part = part[..(int)Left];
        if (part.IsEmpty)
            return 0;
        long at = _next;
        _next += part.Length;
        Left -= part.Length;
        Errno errno = await sink.TakeAsync(at, part);
        return errno != 0 ? errno : IsDone ? Errno.ENODATA : 0;
    }
}
