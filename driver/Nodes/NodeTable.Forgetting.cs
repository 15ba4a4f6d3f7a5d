using Nnpfs.Proto;

namespace Nnpfs.Driver.Nodes;

/// <summary>Letting go of what arlad would like to forget.</summary>
internal sealed partial class NodeTable
{
    private readonly HashSet<Node> _leaving = []; // guarded by _gate: directories to report once nothing of them is left
    private readonly List<ulong> _emptied = [];   // guarded by _gate: to be reported now

    /// <summary>Drops the listings of these directories and the entries that nothing uses; the others go when the kernel gives them back.</summary>
    /// <returns>what the kernel must give back: of files, the names</returns>
    public List<Taken> Relinquish(IReadOnlyCollection<NodeId> directories)
    {
        lock (_gate)
        {
            var parents = new HashSet<Node>();
            foreach (NodeId id in directories)
            {
                if (_current.TryGetValue(id, out Node? node) && node.IsDirectory)
                    parents.Add(node);
                else
                    _emptied.Add(id.Value); // nothing is known of it at all
            }
            var taken = new List<Taken>();
            long now = ++_breaks;
            foreach (Node parent in parents)
            {
                parent.BrokenAt = now;
                ReplaceListing(parent, null);
                Take(parent, taken);
                _negatives.TakeOf(parent.Key, taken);
            }
            foreach (Node node in _slots.All().Where(node => node.Parent is { } parent && parents.Contains(parent)).ToArray())
                Relinquish(node, taken);
            _leaving.UnionWith(parents);
            return taken;
        }
    }

    private void Relinquish(Node node, List<Taken> taken)
    {
        if (!node.IsUsed)
        {
            Drop(node);
            return;
        }
        node.Leaving = true;
        if (!node.IsDirectory)
            taken.Add(new Taken(0, node.Parent!.Key, node.Name) { IsDropped = true });
    }

    /// <summary>A directory that was listed or looked into again is in use; one of which nothing is left is told.</summary>
    private void AddEmptied()
    {
        if (_leaving.Count == 0)
            return;
        HashSet<Node> inhabited = [.. _slots.All().Select(node => node.Parent).OfType<Node>()];
        foreach (Node directory in _leaving)
        {
            bool isUsedAgain = directory.Content is not null;
            if (!isUsedAgain && inhabited.Contains(directory))
                continue; // the kernel has something of it
            if (!isUsedAgain && _current.GetValueOrDefault(directory.Id) == directory)
                _emptied.Add(directory.Id.Value);
            _leaving.Remove(directory); // HashSet allows this within its own enumeration
        }
    }
}
