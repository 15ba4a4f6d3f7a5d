using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>One entry of a directory file, checked, in the buffer that it was read into: valid until that is used again.</summary>
public readonly ref struct DirectoryEntryView
{
    private readonly ReadOnlySpan<byte> _entry;

    private DirectoryEntryView(ReadOnlySpan<byte> entry, int name, int target)
    {
        _entry = entry;
        Name = entry.Slice(DirectoryFile.EntrySize, name);
        Target = entry.Slice(DirectoryFile.EntrySize + name, target);
    }

    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Of a symlink with attributes; else empty.</summary>
    public ReadOnlySpan<byte> Target { get; }

    public NodeId Node => new(DirectoryFile.U64(_entry, DirectoryFile.NodeAt));

    public ulong Version => DirectoryFile.U64(_entry, DirectoryFile.VersionAt);

    public Kind Kind => (Kind)_entry[DirectoryFile.KindAt];

    /// <summary>Whether <see cref="Attributes"/>, <see cref="Version"/> and <see cref="Target"/> mean anything.</summary>
    public bool IsTold => (_entry[DirectoryFile.FlagsAt] & (DirectoryFile.ExactFlag | DirectoryFile.ToldFlag)) != 0;

    /// <summary>They hold for as long as the directory's token; else who can ask asks.</summary>
    public bool IsExact => (_entry[DirectoryFile.FlagsAt] & DirectoryFile.ExactFlag) != 0;

    public NodeAttributes Attributes => new(
        (long)DirectoryFile.U64(_entry, DirectoryFile.SizeAt),
        (long)DirectoryFile.U64(_entry, DirectoryFile.MtimeAt),
        (long)DirectoryFile.U64(_entry, DirectoryFile.CtimeAt),
        DirectoryFile.U32(_entry, DirectoryFile.LinksAt),
        DirectoryFile.U32(_entry, DirectoryFile.UidAt),
        DirectoryFile.U32(_entry, DirectoryFile.GidAt),
        DirectoryFile.U32(_entry, DirectoryFile.DeviceAt),
        (ushort)DirectoryFile.U32(_entry, DirectoryFile.PermissionsAt),
        Kind);

    internal uint Hash => DirectoryFile.U32(_entry, DirectoryFile.HashAt);

    /// <summary>Bytes from this entry to the next.</summary>
    internal int Length => (int)DirectoryFile.Align(DirectoryFile.EntrySize + Name.Length + Target.Length);

    /// <summary>Checks what every use relies on.</summary>
    /// <param name="bytes">from the entry's first byte on, as far as there are any</param>
    /// <param name="view">valid only with true</param>
    internal static bool TryParse(ReadOnlySpan<byte> bytes, out DirectoryEntryView view)
    {
        view = default;
        if (bytes.Length < DirectoryFile.EntrySize)
            return false;
        int name = DirectoryFile.U16(bytes, DirectoryFile.NameLengthAt), target = DirectoryFile.U16(bytes, DirectoryFile.TargetLengthAt);
        if (name > NodeName.MaxLength || target > DirectoryFileReader.MaxTarget || bytes.Length < DirectoryFile.EntrySize + name + target)
            return false;
        view = new DirectoryEntryView(bytes, name, target);
        return NodeName.IsValid(view.Name)
            && view.Node != NodeId.None
            && NodeAttributes.IsKind(view.Kind)
            && DirectoryFile.U64(bytes, DirectoryFile.SizeAt) <= long.MaxValue
            && DirectoryFile.U32(bytes, DirectoryFile.PermissionsAt) <= NodeAttributes.MaxPermissions
            && view.Target.IndexOf((byte)0) < 0;
    }
}
