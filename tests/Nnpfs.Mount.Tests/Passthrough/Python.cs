using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Passthrough;

/// <summary>Ways to read a file that the runtime does not offer, in a process of their own.</summary>
internal static class Python
{
    /// <summary>mmap(2): the digest of all bytes, touched page by page.</summary>
    public const string Mapped = """
        import hashlib, mmap, os, sys
        fd = os.open(sys.argv[1], os.O_RDONLY)
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as view:
            print(hashlib.sha256(view).hexdigest())
        """;

    /// <summary>sendfile(2), which splices.</summary>
    public const string Sent = """
        import hashlib, os, socket, sys, threading
        fd, (here, there), digest = os.open(sys.argv[1], os.O_RDONLY), socket.socketpair(), hashlib.sha256()
        def send():
            offset, size = 0, os.fstat(fd).st_size
            while offset < size:
                offset += os.sendfile(here.fileno(), fd, offset, size - offset)
            here.close()
        threading.Thread(target=send).start()
        while data := there.recv(1 << 20):
            digest.update(data)
        print(digest.hexdigest())
        """;

    /// <summary>Runs one of them on a file of a mount.</summary>
    /// <returns>what it printed</returns>
    public static async Task<string> RunAsync(TestMount mount, string program, string name)
    {
        (int status, string output) = await mount.GuardAsync(() => ChildProgram.Run("python3", "-c", program, mount.At(name)));
        Assert.True(status == 0, output);
        return output.Trim();
    }
}
