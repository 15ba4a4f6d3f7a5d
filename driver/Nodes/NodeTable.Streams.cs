using Nnpfs.Driver.Data;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Nodes;

/// <summary>Files that the kernel opens by itself: one stream for all who read a node, from its first read until the kernel forgets it.</summary>
internal sealed partial class NodeTable
{
    /// <summary>The stream of a file's readers, begun when it is the first time.</summary>
    /// <returns>null: the kernel does not hold the node</returns>
    public OpenFile? StreamOf(Node file, Geometry geometry)
    {
        if (file.Stream is { } stream)
            return stream;
        lock (_gate)
        {
            if (!file.IsUsed)
                return null;
            if (file.Stream is null)
            {
                var begun = new OpenFile(file, OpenContent(file, geometry));
                open.Add(begun);
                file.Stream = begun;
            }
            return file.Stream;
        }
    }

    private void EndStream(Node file)
    {
        if (file.Stream is not { } stream)
            return;
        file.Stream = null;
        open.Remove(stream.Key);
    }
}
