using System.Text;
using Mono.Unix.Native;
using Nnpfs.Posix;

namespace Nnpfs.TestKit;

/// <summary>Access to what is mounted: raw errnos, each with a limit in time. Names are relative to the mount point.</summary>
public sealed partial class TestMount
{
    /// <returns>the path of a name on the mount</returns>
    public string At(string name) => name.Length == 0 ? Root : Path.Combine(Root, name);

    /// <summary>Runs any access to the mount with the limit and the abort that the others have.</summary>
    public async Task<T> GuardAsync<T>(Func<T> access, TimeSpan? limit = null)
    {
        try
        {
            return await Patience.GuardAsync(access, OnLate, limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"an access to the mount is late\nnnpfs:\n{Driver.Output}\narlad:\n{Arlad.Program.Output}");
        }
    }

    /// <summary>The whole of a file by read after read; an errno is an exception that shows both programs' logs.</summary>
    public async Task<byte[]> ReadFileAsync(string name, TimeSpan? limit = null) =>
        (await TryReadFileAsync(name, limit)).TryGet(out byte[]? content, out Errno errno)
            ? content
            : throw new IOException($"{name}: {errno}\nnnpfs:\n{Driver.Output}\narlad:\n{Arlad.Program.Output}");

    public Task<Result<byte[]>> TryReadFileAsync(string name, TimeSpan? limit = null) => GuardAsync(() => Read(At(name), 0, null), limit);

    /// <summary>Opens, reads <paramref name="length"/> bytes from <paramref name="offset"/> on (fewer at the end), closes.</summary>
    public Task<Result<byte[]>> TryReadAsync(string name, long offset, int length, TimeSpan? limit = null) =>
        GuardAsync(() => Read(At(name), offset, length), limit);

    /// <summary>lstat(2).</summary>
    public Task<Result<Stat>> StatAsync(string name) => GuardAsync(() => OrErrno(Syscall.lstat(At(name), out Stat stat), stat));

    /// <summary>The names in a directory, without "." and "..", sorted by their bytes.</summary>
    public Task<Result<string[]>> ListAsync(string name = "") => GuardAsync(() => List(At(name)));

    /// <summary>readlink(2).</summary>
    public Task<Result<string>> ReadLinkAsync(string name) => GuardAsync(() =>
    {
        var target = new StringBuilder(4096);
        return OrErrno(Syscall.readlink(At(name), target, 4096), target).TryGet(out StringBuilder? read, out Errno errno)
            ? Result.Of(read.ToString())
            : errno;
    });

    /// <summary>getxattr(2), as text.</summary>
    public Task<Result<string>> GetXattrAsync(string name, string attribute) => GuardAsync(() =>
    {
        while (true)
        {
            int length = (int)Syscall.getxattr(At(name), attribute, out byte[] value);
            if (length >= 0)
                return Result.Of(Encoding.UTF8.GetString(value));
            Errno errno = Stdlib.GetLastError(); // once: it is gone when it was asked for
            if (errno != Errno.ERANGE) // the value is asked for after its length, and may have grown meanwhile
                return errno;
        }
    });

    /// <summary>What the driver has counted. Asking costs no message.</summary>
    public async Task<DriverCounters> CountersAsync() => new((await GetXattrAsync("", "user.nnpfs.stats")).Value);

    /// <summary>What the driver had counted before and after a use of the mount that rests on what the kernel keeps.</summary>
    /// <remarks>The kernel may take of that at any time: somebody empties its caches, or it pages out what is cold (DAMON). So one use of
    /// ten is to send none of these requests; where none is, that of the last one is told.</remarks>
    /// <param name="use">what was done at least once before</param>
    /// <param name="opcodes">the requests, as in <see cref="DriverCounters.Received"/></param>
    public async Task<(DriverCounters Before, DriverCounters After)> QuietUseAsync(Func<Task> use, params string[] opcodes)
    {
        ArgumentNullException.ThrowIfNull(use);
        for (int uses = 1; ; uses++)
        {
            DriverCounters before = await CountersAsync();
            await use();
            DriverCounters after = await CountersAsync();
            if (uses == 10 || opcodes.All(opcode => before.Received(opcode) == after.Received(opcode)))
                return (before, after);
        }
    }

    /// <summary>Any call that answers 0 or -1 with an errno.</summary>
    /// <returns>0 or the errno</returns>
    public Task<Errno> TryAsync(Func<int> call) => GuardAsync(() => call() < 0 ? Stdlib.GetLastError() : 0);

    private static Result<byte[]> Read(string path, long offset, int? length)
    {
        if (!Files.Open(path, OpenModes.ReadOnly).TryGet(out SafeFd? file, out Errno errno))
            return errno;
        using (file)
        {
            using var content = new MemoryStream();
            var buffer = new byte[Math.Min(length ?? (1 << 20), 1 << 20)];
            while (length is null || content.Length < length)
            {
                int wanted = (int)Math.Min(buffer.Length, (length ?? long.MaxValue) - content.Length);
                if (!Files.ReadAt(file, buffer.AsSpan(0, wanted), offset + content.Length).TryGet(out int count, out errno))
                    return errno;
                content.Write(buffer, 0, count);
                if (count < wanted)
                    break;
            }
            return content.ToArray();
        }
    }

    private static Result<string[]> List(string path)
    {
        IntPtr directory = Syscall.opendir(path);
        if (directory == IntPtr.Zero)
            return Stdlib.GetLastError();
        var names = new List<string>();
        try
        {
            while (Syscall.readdir(directory) is { } entry)
            {
                if (entry.d_name is not ("." or ".."))
                    names.Add(entry.d_name);
            }
            if (Stdlib.GetLastError() is var errno && errno != 0) // 0 at the end: readdir(3) is called with errno cleared
                return errno;
        }
        finally
        {
            _ = Syscall.closedir(directory);
        }
        names.Sort(StringComparer.Ordinal);
        return names.ToArray();
    }

    private static Result<T> OrErrno<T>(int status, T value) => status < 0 ? Stdlib.GetLastError() : Result.Of(value);
}
