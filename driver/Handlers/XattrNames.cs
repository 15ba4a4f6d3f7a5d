namespace Nnpfs.Driver.Handlers;

/// <summary>The extended attributes of a mount, which no origin has.</summary>
internal static class XattrNames
{
    public const string Origin = "user.nnpfs.origin";
    public const string Version = "user.nnpfs.version";
    public const string Cached = "user.nnpfs.cached";
    public const string Node = "user.nnpfs.node";
    public const string BlockSize = "user.nnpfs.block-size";
    public const string Expires = "user.nnpfs.expires";      // seconds that the token still holds
    public const string LastError = "user.nnpfs.last-error"; // of nodes that had one
    public const string Stats = "user.nnpfs.stats";          // of the root: the driver's counters, JSON

    public const string Mode = "user.nnpfs.mode";            // of files: which way their reads go, and why

    public const string Booster = "user.nnpfs.booster";     // of files: where the booster connects; with more behind it, what it asks for
    public const string Boosters = "user.nnpfs.boosters";   // of the root: the programs that are connected, JSON

    public static IReadOnlyList<string> OfEveryNode { get; } = [Origin, Version, Cached, Node, BlockSize, Expires];
}
