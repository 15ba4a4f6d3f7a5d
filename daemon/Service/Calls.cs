using Google.Protobuf;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>What each call does: ask the volume, install the answer. The wakeup is the session's.</summary>
internal static class Calls
{
    public static async ValueTask<Errno> GetRootAsync(CallContext call)
    {
        Result<Grant> root = await call.Volume.GetRootAsync(call.Wait, call.Cancelled);
        return root.TryGet(out Grant grant, out Errno errno) ? call.Session.InstallRoot(call.Sequence, grant) : errno;
    }

    public static async ValueTask<Errno> GetNodeAsync(CallContext call)
    {
        GetNode asked = call.Envelope.GetNode;
        Result<Grant> found = await call.Volume.LookupAsync(new(asked.Parent), asked.Name.Memory, call.Wait, call.Cancelled);
        return found.TryGet(out Grant grant, out Errno errno) ? call.Session.InstallNode(call.Sequence, asked, grant) : errno;
    }

    public static async ValueTask<Errno> GetAttrAsync(CallContext call)
    {
        Result<Grant> found = await call.Volume.GetAttributesAsync(new(call.Envelope.GetAttr.Node), call.Wait, call.Cancelled);
        return found.TryGet(out Grant grant, out Errno errno) ? call.Session.InstallAttr(call.Sequence, grant) : errno;
    }

    /// <returns>ESTALE: the version cannot be fetched any more; the node's new attributes are installed</returns>
    public static async ValueTask<Errno> GetDataAsync(CallContext call)
    {
        GetData asked = call.Envelope.GetData;
        var want = new DataWant(new(asked.Node), asked.Version, (long)asked.Offset, (long)asked.Length, call.Session.StreamOf(asked.Stream));
        Result<DataGrant> data = await call.Volume.GetDataAsync(want, call.Wait, call.Cancelled);
        if (data.TryGet(out DataGrant? grant, out Errno errno))
        {
            if (grant.Moved is { } moved)
                call.Session.InstallAttr(call.Sequence, moved);
            return call.Session.InstallData(call.Sequence, grant, asked.Stream);
        }
        if (errno == Errno.ESTALE)
            await InstallFreshAsync(call, want.Node);
        return errno;
    }

    public static ValueTask<Errno> OpenBlockAsync(CallContext call)
    {
        OpenBlock asked = call.Envelope.OpenBlock;
        var name = new BlockName(new(asked.Node), asked.Version, (long)asked.Block, asked.Generation);
        Result<SafeFd> opened = call.Volume.OpenBlock(name);
        return new(opened.TryGet(out SafeFd? block, out Errno errno) ? call.Session.InstallBlock(call.Sequence, asked, block) : errno);
    }

    public static async ValueTask<Errno> GetXattrAsync(CallContext call)
    {
        GetXattr asked = call.Envelope.GetXattr;
        Result<ReadOnlyMemory<byte>> found = await call.Volume.GetXattrAsync(new(asked.Node), asked.Name.Memory, call.Cancelled);
        return found.TryGet(out ReadOnlyMemory<byte> value, out Errno errno)
            ? call.Session.Install(new Envelope { Sequence = call.Sequence, InstallXattr = new() { Node = asked.Node, Name = asked.Name, Value = UnsafeByteOperations.UnsafeWrap(value) } })
            : errno;
    }

    /// <summary>A reader whose version is gone is told what there is now, ahead of its ESTALE.</summary>
    private static async ValueTask InstallFreshAsync(CallContext call, NodeId node)
    {
        Result<Grant> fresh = await call.Volume.GetAttributesAsync(node, call.Wait, call.Cancelled);
        if (fresh.IsOk)
            call.Session.InstallAttr(0, fresh.Value);
    }
}
