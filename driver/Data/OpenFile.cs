using Nnpfs.Driver.Nodes;

namespace Nnpfs.Driver.Data;

/// <summary>One open file: the version that it opened, for as long as it is open, and where its reader is to report.</summary>
internal sealed class OpenFile(Node node, Content content) : ISlot
{
    private long _mark = long.MaxValue; // atomic: bytes

    /// <summary>The kernel's handle of it, and the stream by which arlad tells its reads from others.</summary>
    public ulong Key { get; set; }

    public Node Node => node;

    public Content Content => content;

    /// <summary>How its reads go.</summary>
    public ReadMode Mode { get; init; }

    /// <summary>A read of it was asked of arlad, which may fetch ahead of its reader since.</summary>
    public bool WasAsked { get; set; }

    /// <summary>The first read that reaches this offset reports itself.</summary>
    public void SetMark(long mark) => Interlocked.Exchange(ref _mark, mark);

    /// <returns>true once per mark: this read reached it</returns>
    public bool PassesMark(long end)
    {
        long mark = Volatile.Read(ref _mark);
        return end > mark && Interlocked.CompareExchange(ref _mark, long.MaxValue, mark) == mark;
    }
}
