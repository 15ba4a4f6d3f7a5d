using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Nnpfs.TestKit.Origins;

/// <summary>Runs a call on a thread that the file system takes for an ordinary user's. SOURCE: setfsuid(2).</summary>
public static class AsNobody
{
    private const uint Nobody = 65534;

    /// <param name="call">what it does on other threads is done as before</param>
    public static T Run<T>(Func<T> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        T result = default!;
        var thread = new Thread(() =>
        {
            _ = setfsuid(Nobody); // of this thread, which ends with it; no capability over files is left to it
            result = call();
        });
        thread.Start();
        thread.Join();
        return result;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "What it would generate is unsafe code, which stands in posix alone.")]
    [SuppressMessage("Style", "IDE1006", Justification = "The name in the C library.")]
    private static extern int setfsuid(uint user);
}
