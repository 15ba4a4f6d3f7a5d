namespace Nnpfs.Origins.Fetching;

/// <summary>What a fetcher fetches: one version of one file.</summary>
/// <param name="Path">of the file, at its origin</param>
/// <param name="Validator">of the version; a read that meets another one answers ESTALE</param>
/// <param name="Size">bytes</param>
/// <param name="PageSize">bytes: the smallest fetch</param>
/// <param name="Streamed">the origin can send it from its start only: it is fetched once, from start to end</param>
public sealed record PageContent(OriginPath Path, OriginValidator Validator, long Size, int PageSize, bool Streamed = false)
{
    public long Pages => (Size + PageSize - 1) / PageSize;

    /// <summary>Bytes that the pages hold together: the last page of the content may be short.</summary>
    public long BytesOf(PageRun pages) => Math.Min(pages.End * PageSize, Size) - (pages.First * PageSize);

    /// <summary>The pages that [offset, offset + length) touches; what lies beyond the end is cut off.</summary>
    public PageRun PagesOf(long offset, long length)
    {
        long end = length > Size - offset ? Size : offset + length;
        if (offset < 0 || offset >= end)
            return default;
        long first = offset / PageSize;
        return new PageRun(first, ((end - 1) / PageSize) - first + 1);
    }
}
