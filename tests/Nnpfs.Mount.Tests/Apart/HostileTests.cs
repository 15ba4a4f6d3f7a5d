using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Apart;

/// <summary>S26: garbage at every door, while a mount works.</summary>
public sealed class HostileTests
{
    private static readonly byte[] Content = Pattern.Bytes(1_000_000);

    [Claim("S26")]
    [MountFact]
    public async Task Random_packets_to_the_channel_end_nothing_but_their_connection()
    {
        const int seed = 26_000_026;
        var random = new Random(seed);
        await using TestMount mount = await StartAsync();
        await mount.ReadFileAsync("file");

        for (int i = 0; i < 200; i++)
        {
            using SeqpacketSocket socket = SeqpacketSocket.Connect(mount.Arlad.Channel).Value;
            for (int packets = random.Next(1, 4); packets > 0; packets--)
            {
                byte[] packet = new byte[random.Next(1, 2000)];
                random.NextBytes(packet);
                _ = socket.Send(packet);
            }
        }

        Assert.False(mount.Arlad.Program.HasExited, $"seed {seed}\n{mount.Arlad.Program.Output}");
        mount.DropKernelCache();
        Assert.Equal(Content, await mount.ReadFileAsync("file"));
        Assert.Equal(1, (await mount.CountersAsync()).Connections);
        await mount.Arlad.CommandAsync("status");
    }

    [Claim("S26")]
    [MountFact]
    public async Task Garbage_in_the_cache_directory_is_not_served_and_ends_nothing()
    {
        const int seed = 26_000_027;
        var random = new Random(seed);
        await using TestMount mount = await StartAsync("checksums = yes");
        await mount.ReadFileAsync("file");
        await mount.UnmountAsync();
        await mount.Arlad.StopAsync();

        foreach (string file in Directory.EnumerateFiles(mount.Arlad.Cache, "*", SearchOption.AllDirectories).ToArray())
            Spoil(file, random);
        File.WriteAllText(Path.Combine(mount.Arlad.Cache, "volumes", "stray"), "what");
        File.CreateSymbolicLink(Path.Combine(mount.Arlad.Cache, "volumes", "link"), "/etc");
        await mount.Arlad.RestartAsync();
        await mount.MountAsync();

        Assert.Equal(Content, await mount.ReadFileAsync("file"));
        Assert.Equal(["file"], (await mount.ListAsync()).Value);
    }

    [Claim("S26")]
    [MountTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task An_index_cut_short_begins_anew(int length)
    {
        await using TestMount mount = await StartAsync();
        await mount.ReadFileAsync("file");
        await mount.UnmountAsync();
        await mount.Arlad.StopAsync();

        using (FileStream index = File.OpenWrite(Path.Combine(mount.Arlad.Cache, "index.db")))
            index.SetLength(length);
        await mount.Arlad.RestartAsync();
        await mount.MountAsync();

        Assert.Equal(Content, await mount.ReadFileAsync("file"));
    }

    /// <summary>Some bytes of a block file, and of the index, are others now; the lock and the format are no content.</summary>
    private static void Spoil(string file, Random random)
    {
        if (Path.GetFileName(file) is "lock" or "format")
            return;
        byte[] bytes = File.ReadAllBytes(file);
        for (int i = 0; i < 50 && bytes.Length > 0; i++)
            bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
        File.WriteAllBytes(file, bytes);
    }

    private static Task<TestMount> StartAsync(string settings = "") => TestMount.StartAsync(new()
    {
        VolumeSettings = settings,
        Fill = origin => File.WriteAllBytes($"{origin}/file", Content),
    });
}
