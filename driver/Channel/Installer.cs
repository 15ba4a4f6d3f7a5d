using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>Puts what arlad installs where it belongs, and takes back what it invalidates. Everything is checked first.</summary>
internal sealed class Installer(
    NodeTable nodes, BlockFiles files, SlotTable<OpenFile> open, Counters counters, ILogger log) : IInstalls
{
    private volatile InstallStatFs? _statFs;
    private volatile Welcome? _welcome;

    /// <summary>Set before the channel starts.</summary>
    public Invalidator? Invalidator { get; set; }

    public long Breaks => nodes.Breaks;

    public ulong Epoch => Invalidator!.Epoch;

    /// <summary>How full the volume is, as last told; null: not told.</summary>
    public InstallStatFs? StatFs => _statFs;

    /// <summary>The name of the volume's origin, for people.</summary>
    public string Origin => _welcome?.Origin ?? "";

    /// <summary>How files are cut; known from the first welcome on.</summary>
    public Geometry Geometry { get; private set; }

    public bool Welcome(Welcome welcome, SafeFd? directory)
    {
        if (_welcome is { } first && first.BlockSize != welcome.BlockSize)
        {
            log.OtherBlockSize(welcome.BlockSize);
            directory?.Dispose();
            return false;
        }
        Geometry = new Geometry((int)welcome.BlockSize);
        files.Directory = directory;
        bool isAnew = nodes.MoveRoot(new NodeId(welcome.Root));
        if (_welcome is null)
        {
            Invalidator!.Epoch = welcome.Epoch;
        }
        else if (isAnew || welcome.Epoch != Epoch)
        {
            if (isAnew)
                log.RootChanged();
            else
                log.EpochChanged();
            Invalidator!.Enqueue(new TakenBack(nodes.BreakAll(), welcome.Epoch));
        }
        _welcome = welcome;
        nodes.IsAlone = false;
        return true;
    }

    public void Gone() => nodes.IsAlone = true;

    public bool Take(Envelope envelope, long asked, long connection)
    {
        switch (envelope.BodyCase)
        {
            case Envelope.BodyOneofCase.InstallRoot:
                return TakeNode(envelope.InstallRoot.Node, asked);
            case Envelope.BodyOneofCase.InstallAttr:
                return TakeNode(envelope.InstallAttr.Node, asked);
            case Envelope.BodyOneofCase.InstallNode:
                InstallNode entry = envelope.InstallNode;
                return entry.Parent != 0 && NodeName.IsValid(entry.Name.Span) && (entry.Node is null || TakeNode(entry.Node, asked));
            case Envelope.BodyOneofCase.InstallData:
                return TakeData(envelope.InstallData, asked);
            case Envelope.BodyOneofCase.InstallStatFs:
                _statFs = envelope.InstallStatFs;
                return true;
            case Envelope.BodyOneofCase.Invalidate:
                return TakeInvalidate(envelope.Invalidate, connection);
            case Envelope.BodyOneofCase.Reclaim:
                return TakeReclaim(envelope.Reclaim);
            case Envelope.BodyOneofCase.Forget:
                Invalidator!.Enqueue(new TakenBack(nodes.Relinquish([.. envelope.Forget.Directories.Select(id => new NodeId(id))])));
                return true;
            default:
                return envelope.BodyCase is Envelope.BodyOneofCase.InstallXattr or Envelope.BodyOneofCase.InstallBlock; // the caller's
        }
    }

    private bool TakeNode(Proto.Channel.Node? message, long asked)
    {
        if (!NodeFacts.TryFrom(message, out NodeFacts facts))
            return false;
        nodes.Refresh(facts, asked);
        return true;
    }

    private bool TakeData(InstallData data, long asked)
    {
        if (data.Node == 0 || data.Size > (ulong)Content.MaxSize || !AreSound(data))
            return false;
        Content? content = nodes.ContentFor(new NodeId(data.Node), data.Version, (long)data.Size, Geometry, asked);
        if (content is null)
            return true; // of a node or version that nobody uses any more
        if (content.Size != (long)data.Size)
        {
            log.OtherSize(data.Node, data.Version, data.Size, content.Size);
            return true;
        }
        foreach (BlockMap block in data.Blocks)
            content.Install((long)block.Block, block.Generation, block.Map, block.Run);
        if (data.Stream != 0 && open.Get(data.Stream) is { } file && file.Node.Id.Value == data.Node)
            SetMark(file, content, (long)Math.Min(data.Mark, long.MaxValue));
        return true;
    }

    private static void SetMark(OpenFile file, Content content, long mark)
    {
        file.SetMark(mark);
        content.Shared?.SetMark(mark);
    }

    /// <summary>No block and no page beyond the size.</summary>
    private bool AreSound(InstallData data)
    {
        long size = (long)data.Size, blocks = Geometry.BlocksIn(size);
        foreach (BlockMap block in data.Blocks)
        {
            if (block.Block >= (ulong)blocks || (block.Map & ~Geometry.FullMap((long)block.Block, size)) != 0)
                return false;
        }
        return true;
    }

    private bool TakeInvalidate(Invalidate message, long connection)
    {
        Interlocked.Increment(ref counters.Invalidations);
        List<Taken> taken = message.Volume
            ? nodes.BreakAll()
            : nodes.Break([.. message.Nodes.Select(id => new NodeId(id))], [.. message.Subtrees.Select(id => new NodeId(id))]);
        Invalidator!.Enqueue(new TakenBack(taken, message.Epoch, message.Ticket, connection));
        return true;
    }

    private bool TakeReclaim(Reclaim message)
    {
        foreach (ReclaimedBlock gone in message.Blocks)
        {
            Content? content = nodes.ContentIfAny(new NodeId(gone.Node), gone.Version);
            if (gone.Run)
                content?.DropRun(gone.Generation);
            else if (content is not null && gone.Block < (ulong)content.Blocks
                && content.Get((long)gone.Block) is { } state && state.Generation == gone.Generation)
                content.Drop((long)gone.Block, state);
        }
        return true;
    }
}
