namespace Nnpfs.TestKit;

/// <summary>The test carries a claim of docs/semantics.md: <c>[Claim("S7")]</c>.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ClaimAttribute(string number) : Attribute
{
    public string Number { get; } = number;
}
