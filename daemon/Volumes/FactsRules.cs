using Nnpfs.Origins;

namespace Nnpfs.Daemon.Volumes;

/// <summary>When two answers of an origin mean the same.</summary>
internal static class FactsRules
{
    /// <summary>The content is another one: other bytes may be behind it.</summary>
    /// <remarks>
    /// Where the origin names versions, its name decides; a touched file whose ETag is the same is the same. Else size and time
    /// do.
    /// </remarks>
    public static bool IsOtherContent(OriginFacts before, OriginFacts after) => after.Kind switch
    {
        OriginKind.Symlink => !before.Target.Span.SequenceEqual(after.Target.Span),
        OriginKind.File when !before.Validator.IsEmpty || !after.Validator.IsEmpty =>
            before.Validator.Value != after.Validator.Value || before.Size != after.Size,
        OriginKind.File => before.Size != after.Size || before.MtimeNs != after.MtimeNs,
        _ => false,
    };

    /// <summary>Nothing that is shown or kept differs.</summary>
    public static bool AreSame(OriginFacts one, OriginFacts other) =>
        one.Target.Span.SequenceEqual(other.Target.Span) && Kept(one) with { Target = default } == Kept(other) with { Target = default };

    /// <summary>What the index keeps: all but how long it is good for.</summary>
    public static OriginFacts Kept(OriginFacts facts) => facts.FreshFor is null ? facts : facts with { FreshFor = null };

    /// <summary>The object is not there: what was known of it goes.</summary>
    public static bool IsGone(Errno errno) => errno is Errno.ENOENT or Errno.ENOTDIR;

    /// <summary>The origin said no; anything else means that it could not be asked.</summary>
    public static bool IsRefusal(Errno errno) => errno is Errno.EACCES or Errno.EPERM or Errno.ELOOP or Errno.ENAMETOOLONG or Errno.EINVAL;
}
