namespace Nnpfs.Daemon;

/// <summary>What arlad ends with; arlad(8) tells the same.</summary>
internal static class ExitStatus
{
    public const int Done = 0, BadConfiguration = 2, NotConfined = 3, CannotOpen = 4;
}
