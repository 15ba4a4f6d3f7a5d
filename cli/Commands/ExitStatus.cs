namespace Nnpfs.Cli.Commands;

/// <summary>What a script may rely on.</summary>
internal static class ExitStatus
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>arlad cannot be reached.</summary>
    public const int Unreachable = 3;
}
