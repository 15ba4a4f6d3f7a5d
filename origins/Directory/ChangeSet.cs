namespace Nnpfs.Origins.Directory;

/// <summary>The changes of one tick, each path once.</summary>
internal sealed class ChangeSet
{
    private readonly Dictionary<OriginPath, bool> _changes = [];

    /// <summary>Changes were lost, or the filesystem is gone.</summary>
    internal bool IsAllInDoubt { get; set; }

    internal void Add(OriginPath path, bool deep) => _changes[path] = deep || _changes.GetValueOrDefault(path);

    internal List<OriginChange?> ToList() => [.. _changes.Select(change => new OriginChange(change.Key, change.Value))];
}
