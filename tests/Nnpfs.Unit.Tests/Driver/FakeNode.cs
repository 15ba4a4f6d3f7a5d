using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>A node of the fake daemon's tree.</summary>
internal sealed class FakeNode(ulong id, Kind kind)
{
    public ulong Id => id;

    public Kind Kind => kind;

    public ulong Version { get; set; } = 1;

    public byte[] Content { get; set; } = [];

    public string Target { get; init; } = "";

    public uint Permissions { get; set; } = 0x1A4;

    public Dictionary<string, FakeNode> Children { get; } = [];

    /// <summary>The listing tells its attributes.</summary>
    public bool IsExact { get; set; } = true;

    /// <summary>The listing tells its attributes for as long as it holds.</summary>
    public bool IsVouched { get; set; } = true;

    public NodeAttributes Attributes =>
        new(Content.Length, 1_000_000_007, 2_000_000_009, 1, 1000, 100, 0, (ushort)Permissions, kind);

    public byte[] ListingOrContent() => kind != Kind.Directory ? Content : DirectoryFileWriter.Write(Children.Select(child =>
        new DirectoryEntry(
            System.Text.Encoding.UTF8.GetBytes(child.Key), new NodeId(child.Value.Id), child.Value.Kind,
            child.Value.IsExact ? child.Value.Attributes : null, child.Value.Version, System.Text.Encoding.UTF8.GetBytes(child.Value.Target))
        { IsVouched = child.Value.IsVouched }));
}
