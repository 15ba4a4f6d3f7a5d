using Google.Protobuf;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>What the daemon places in the driver. Tokens are decided and sent under one lock with invalidations.</summary>
internal sealed partial class MountSession
{
    public Errno InstallRoot(ulong sequence, Grant grant) =>
        InstallGrant(sequence, grant, static (node, _) => new Envelope { InstallRoot = new() { Node = node } });

    public Errno InstallAttr(ulong sequence, Grant grant) =>
        InstallGrant(sequence, grant, static (node, _) => new Envelope { InstallAttr = new() { Node = node } });

    public Errno InstallNode(ulong sequence, GetNode asked, Grant grant) => InstallGrant(sequence, grant, (node, valid) => new Envelope
    {
        InstallNode = new() { Parent = asked.Parent, Name = asked.Name, Node = node, ValidMs = valid },
    });

    public Errno InstallData(ulong sequence, DataGrant grant, ulong stream)
    {
        var whole = new InstallData { Node = grant.Content.Node.Value, Version = grant.Content.Version, Size = (ulong)grant.Size };
        if (grant.Mark > 0)
            (whole.Stream, whole.Mark) = (stream, (ulong)grant.Mark);
        foreach ((long block, BlockState state) in grant.Blocks)
            whole.Blocks.Add(WireBlock.Of(block, state));
        lock (_gate)
        {
            _known.Add(grant.Content.Node.Value);
            _holding.Add(grant.Content.Node.Value);
            foreach (InstallData part in InstallDataSplit.Split(whole))
            {
                if (Install(new Envelope { Sequence = sequence, InstallData = part }) is var errno && errno != 0)
                    return errno;
            }
        }
        return 0;
    }

    public void TellData(DataGrant grant) => InstallData(0, grant, 0);

    public bool Holds(NodeId node)
    {
        lock (_gate)
            return _holding.Contains(node.Value);
    }

    /// <param name="sequence">of the call</param>
    /// <param name="asked">the call</param>
    /// <param name="block">disposed here</param>
    public Errno InstallBlock(ulong sequence, OpenBlock asked, SafeFd block)
    {
        var install = new InstallBlock { Node = asked.Node, Version = asked.Version, Block = asked.Block, Generation = asked.Generation };
        using (block)
            return Install(new Envelope { Sequence = sequence, InstallBlock = install }, block);
    }

    /// <returns>zero; EIO: it could not be sent. EPIPE and its like end the session elsewhere</returns>
    public Errno Install(Envelope envelope, SafeFd? descriptor = null) => Send(envelope, descriptor) == 0 ? 0 : Errno.EIO;

    /// <summary>Names one open file of one mount among those of all mounts; 0 = none.</summary>
    public ulong StreamOf(ulong stream) => stream == 0 ? 0 : _streams + (stream & ((1UL << StreamBits) - 1));

    public bool IsStreamOfIt(ulong stream) => stream >> StreamBits == _streams >> StreamBits;

    public void TellSpace(SpaceReport space) => Install(new Envelope
    {
        InstallStatFs = new()
        {
            TotalBytes = (ulong)space.TotalBytes,
            FreeBytes = (ulong)space.FreeBytes,
            TotalNodes = (ulong)space.TotalNodes,
            FreeNodes = (ulong)space.FreeNodes,
        },
    });

    private Errno InstallGrant(ulong sequence, Grant grant, Func<Node?, ulong, Envelope> make)
    {
        lock (_gate)
        {
            ulong valid = _volume!.ValidMs(grant);
            if (grant.Node is { } known)
                _known.Add(known.Id.Value);
            Envelope envelope = make(grant.Node is null ? null : WireNode.Of(grant.Node, valid), valid);
            envelope.Sequence = sequence;
            return Install(envelope);
        }
    }
}
