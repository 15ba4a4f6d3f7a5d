namespace Nnpfs.Origins;

/// <summary>Why an origin cannot be made from its configuration, for the person who wrote it.</summary>
/// <param name="Key">the option at fault; "origin" for the origin itself</param>
/// <param name="Message">cause and cure; never a credential</param>
public sealed record OriginProblem(string Key, string Message)
{
    public override string ToString() => $"{Key}: {Message}";
}
