using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>posix_spawn(3), waitpid(2), pipe(2) and who we are, as libc declares them.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Room for posix_spawnattr_t (336 bytes) and posix_spawn_file_actions_t (80 bytes) of glibc, with some to spare.</summary>
    internal const int SpawnStructSize = 1024;

    [LibraryImport(Library)]
    internal static partial int posix_spawnp(int* pid, byte* file, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(void* actions, int from, int to);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigmask(void* attributes, void* set);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigdefault(void* attributes, void* set);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int pid, int* status, int options);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int pipe2(int* pair, int flags);
}
