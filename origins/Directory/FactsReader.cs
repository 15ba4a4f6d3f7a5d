using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>Makes an origin's facts of the kernel's.</summary>
internal static class FactsReader
{
    /// <param name="file">the file itself, or the directory that holds it</param>
    /// <param name="name">of an entry of that directory; empty: <paramref name="file"/> itself</param>
    internal static Result<OriginFacts> Read(SafeFd file, ReadOnlySpan<byte> name)
    {
        if (!Directories.FactsOf(file, name).TryGet(out FileFacts facts, out Errno errno))
            return errno;
        if (FileKind.Of(facts.Mode) is not { } kind)
            return Errno.EIO;
        byte[] target = [];
        if (kind == OriginKind.Symlink && !Directories.ReadLink(file, name).TryGet(out target!, out errno))
            return errno;
        return new OriginFacts
        {
            Kind = kind,
            Permissions = facts.Mode & 0xFFF,
            Links = facts.Links,
            Uid = facts.Uid,
            Gid = facts.Gid,
            Size = kind switch { OriginKind.File => facts.Size, OriginKind.Symlink => target.Length, _ => 0 },
            MtimeNs = facts.MtimeNs,
            CtimeNs = facts.CtimeNs,
            Device = facts.Device,
            Target = target,
            Validator = new OriginValidator(ValueOf(facts), IsStrong: true), // reads see to that: Settled
        };
    }

    /// <summary>Size, times and inode: what a change of the content changes.</summary>
    internal static string ValueOf(in FileFacts facts) => $"{facts.Size:x}-{facts.MtimeNs:x}-{facts.CtimeNs:x}-{facts.Inode:x}";
}
