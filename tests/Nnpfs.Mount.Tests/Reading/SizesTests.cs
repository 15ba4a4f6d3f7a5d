using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>All sizes, all offsets, all ways to read.</summary>
public sealed class SizesTests
{
    private const int Block = 256 << 10, Page = Block / 64;
    private const string Small = "block-size = 256K";

    // Every way from a file to bytes that the kernel has, in a program of its own: a mapping that fails is a signal.
    private const string EveryWay = """
        import hashlib, mmap, os, sys
        path = sys.argv[1]
        size = os.stat(path).st_size
        def tell(way, content): print(way, hashlib.sha256(content).hexdigest())
        fd = os.open(path, os.O_RDONLY)
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as shared: tell("mmap", bytes(shared[size // 2:])[:0] + bytes(shared))
        out = os.memfd_create("copy")
        at = 0
        while (count := os.sendfile(out, fd, at, size)): at += count
        tell("sendfile", os.pread(out, size, 0))
        reader, writer = os.pipe()
        spliced, at = [], 0
        while (count := os.splice(fd, writer, 65536, offset_src=at)):
            at += count
            spliced.append(os.read(reader, count))
            while sum(map(len, spliced)) < at: spliced.append(os.read(reader, at))
        tell("splice", b"".join(spliced))
        direct = os.open(path, os.O_RDONLY | os.O_DIRECT)
        buffer = mmap.mmap(-1, (size + 8191) // 4096 * 4096)
        got = os.preadv(direct, [buffer], 0)
        tell("direct", buffer[:got])
        pieces = [bytearray(777) for _ in range(size // 777 + 1)]
        at = 0
        for start in range(0, len(pieces), 500): at += os.preadv(fd, pieces[start:start + 500], at)
        tell("readv", b"".join(pieces)[:at])
        """;

    [Claim("S1")]
    [MountFact]
    public async Task Files_of_every_size_around_pages_and_blocks_arrive_whole()
    {
        int[] sizes = [0, 1, 4095, 4096, 4097, Page - 1, Page, Page + 1, Block - 1, Block, Block + 1, (3 * Block) - 1, (9 * Block) + 123];
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            VolumeSettings = Small,
            Fill = origin => Array.ForEach(sizes, size => File.WriteAllBytes($"{origin}/{size}", Pattern.Bytes(size))),
        });

        foreach (int size in sizes)
        {
            Assert.Equal(size, (await mount.StatAsync($"{size}")).Value.st_size);
            Assert.Equal(Pattern.Bytes(size), await mount.ReadFileAsync($"{size}"));
        }
    }

    [Claim("S1")]
    [MountFact]
    public async Task Several_readers_at_any_offset_and_length_get_the_same_bytes()
    {
        const int seed = 20_250_101, size = (5 * Block) + 4321;
        byte[] content = Pattern.Bytes(size);
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            VolumeSettings = Small,
            Fill = origin => File.WriteAllBytes($"{origin}/file", content),
        });

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async reader =>
        {
            var random = new Random(seed + reader);
            for (int i = 0; i < 60; i++)
            {
                int offset = random.Next(size + Page), length = 1 << random.Next(19);
                byte[] read = (await mount.TryReadAsync("file", offset, length)).Value;
                int start = Math.Min(offset, size);
                Assert.True(content.AsSpan(start, Math.Min(length, size - start)).SequenceEqual(read), $"seed {seed + reader}: {length} bytes at {offset}");
            }
        }));
    }

    [Claim("S1")]
    [MountFact]
    public async Task Mapped_sent_spliced_and_direct_reads_give_the_same_bytes()
    {
        byte[] content = Pattern.Bytes((2 * Block) + 777);
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            VolumeSettings = Small,
            Fill = origin => File.WriteAllBytes($"{origin}/file", content),
        });

        (int status, string output) = await ChildProgram.RunAsync("/usr/bin/python3", "-c", EveryWay, mount.At("file"));

        Assert.True(status == 0, output);
        string sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["direct", "mmap", "readv", "sendfile", "splice"], lines.Select(line => line.Split(' ')[0]).Order());
        Assert.All(lines, line => Assert.EndsWith(sum, line, StringComparison.Ordinal));
    }

    [Claim("S1")]
    [MountFact]
    public async Task Times_modes_and_owners_are_the_origins()
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin =>
            {
                File.WriteAllText($"{origin}/file", "x");
                ChildProgram.Run("chown", "12:34", $"{origin}/file");
                ChildProgram.Run("chmod", "4751", $"{origin}/file");
                ChildProgram.Run("touch", "-d", "2001-02-03 04:05:06.789012345 UTC", $"{origin}/file");
            },
        });

        var stat = (await mount.StatAsync("file")).Value;

        Assert.Equal((12u, 34u, 0x89E9u), (stat.st_uid, stat.st_gid, (uint)stat.st_mode)); // 0104751
        Assert.Equal((981173106L, 789012345L), (stat.st_mtime, stat.st_mtime_nsec));
    }
}
