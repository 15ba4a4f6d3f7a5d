namespace Nnpfs.Fuse.Starting;

/// <summary>Why a command did not do what it was asked: for the user, with the cause and the cure, and for scripts, with an exit status.</summary>
/// <param name="Status">one of <see cref="ExitStatus"/></param>
/// <param name="Message">one or a few lines, without the program's name</param>
internal sealed record Failure(int Status, string Message);

/// <summary>As mount(8) has them; what mounts nothing uses the first three.</summary>
internal static class ExitStatus
{
    public const int Success = 0, Usage = 1, System = 2, Mount = 32;
}
