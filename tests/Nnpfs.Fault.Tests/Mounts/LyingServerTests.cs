using System.Globalization;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Mounts;

/// <summary>S23, as an application sees it: a mount of a server that stalls, cuts, lies and changes gives an errno, or the right bytes.</summary>
public sealed class LyingServerTests : IAsyncLifetime
{
    private const string Impatient = "retry = 2\nretry-delay = 10ms\ntimeout = 1\nconnect-timeout = 1\nblock-size = 256K\n";
    private static readonly byte[] Content = Pattern.Bytes(700_000), Other = [.. Pattern.Bytes(700_000).Select(b => (byte)~b)];
    private readonly FaultServer _server = new();

    public LyingServerTests()
    {
        _server.Files["file"] = new(Content, "\"one\"");
        _server.Files["good"] = new(Content, "\"good\"");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Claim("S23")]
    [MountTheory]
    [InlineData("stall before the head", Errno.ETIMEDOUT)]
    [InlineData("stall in the body", Errno.ETIMEDOUT)]
    [InlineData("reset before the head", Errno.EIO)]
    [InlineData("reset in the body", Errno.EIO)]
    [InlineData("another range", Errno.EIO)]
    [InlineData("another size", (Errno)0)] // under the same strong ETag: the bytes are what it names
    [InlineData("too short", Errno.EIO)]
    [InlineData("no such range", Errno.EIO)]
    [InlineData("a circle", Errno.ELOOP)]
    [InlineData("a head without end", Errno.EIO)]
    [InlineData("forbidden", Errno.EACCES)]
    [InlineData("too many", Errno.EBUSY)]
    [InlineData("broken", Errno.EIO)]
    public async Task A_lie_is_an_errno_and_the_truth_is_read_afterwards(string lie, Errno expected)
    {
        _server.Alter = (request, reply) => IsData(request) ? Lie(lie, request, reply) : reply;
        await using TestMount mount = await StartAsync();
        await mount.StatAsync("file");

        Result<byte[]> read = await mount.TryReadFileAsync("file");
        Assert.True(expected == 0 ? read.IsOk && read.Value.SequenceEqual(Content) : read.Errno == expected, $"{read}\n{mount.Arlad.Program.Output}");

        Assert.Equal(Content, await mount.ReadFileAsync("good"));
        _server.Alter = (_, reply) => reply;
        await mount.InvalidateAsync("file");
        Assert.Equal(Content, await mount.ReadFileAsync("file"));
        Assert.False(mount.Arlad.Program.HasExited || mount.Driver.HasExited);
    }

    [Claim("S11")]
    [Claim("S23")]
    [MountFact]
    public async Task A_file_that_changes_in_mid_read_is_never_a_mix()
    {
        int reads = 0;
        _server.Alter = (request, reply) =>
        {
            if (IsData(request) && Interlocked.Increment(ref reads) % 2 == 0)
                _server.Files["file"] = reads % 4 == 0 ? new(Content, "\"one\"") : new(Other, $"\"two\"");
            return reply;
        };
        await using TestMount mount = await StartAsync("max-ahead = 0\nrefresh = 1s\n");

        int whole = 0;
        for (int i = 0; i < 20; i++)
        {
            Result<byte[]> read = await mount.TryReadFileAsync("file");
            Assert.True(read.IsOk ? read.Value.SequenceEqual(Content) || read.Value.SequenceEqual(Other) : read.Errno == Errno.ESTALE, $"read {i}: {read}");
            whole += read.IsOk ? 1 : 0;
            await mount.InvalidateAsync("file");
        }
        Assert.True(reads > 2, $"{reads}");
        _server.Alter = (_, reply) => reply; // it comes to rest
        byte[] last = await mount.ReadFileAsync("file");
        Assert.True(last.SequenceEqual(Content) || last.SequenceEqual(Other), $"{whole} of {reads}");
    }

    [Claim("S16")]
    [Claim("S23")]
    [MountTheory]
    [InlineData("\"one\"", "\"two\"", false)]
    [InlineData("W/\"one\"", "W/\"two\"", false)]
    [InlineData(null, null, true)]
    [InlineData(null, null, false)] // nothing names a version: every response is one
    public async Task A_change_between_listing_and_open_gives_the_new_version_and_no_error(string? before, string? after, bool dated)
    {
        DateTimeOffset time = DateTimeOffset.UtcNow.AddHours(-2);
        _server.Files["file"] = new(Content, before, dated ? time : null);
        await using TestMount mount = await StartAsync();
        await mount.ListAsync();
        await mount.StatAsync("file");

        _server.Files["file"] = new(Other, after, dated ? time.AddSeconds(1) : null);

        Assert.Equal(Other, await mount.ReadFileAsync("file"));
    }

    [Claim("S23")]
    [MountFact]
    public async Task Requests_answered_at_random_never_give_a_wrong_byte()
    {
        const int seed = 7_000_001;
        var random = new Random(seed);
        string[] lies = ["reset before the head", "reset in the body", "another range", "too short", "broken", "truth", "truth", "truth"];
        var gate = new Lock();
        _server.Alter = (request, reply) =>
        {
            string lie;
            lock (gate)
                lie = lies[random.Next(lies.Length)];
            return IsData(request) ? Lie(lie, request, reply) : reply;
        };
        await using TestMount mount = await StartAsync("retry = 6\n");

        for (int i = 0; i < 60; i++)
        {
            int offset = random.Next(Content.Length), length = random.Next(1, 100_000);
            Result<byte[]> read = await mount.TryReadAsync("file", offset, length);
            int count = Math.Min(length, Content.Length - offset);
            Assert.True(!read.IsOk || read.Value.AsSpan().SequenceEqual(Content.AsSpan(offset, count)), $"seed {seed}: {length} bytes at {offset}");
        }
        _server.Alter = (_, reply) => reply;
        Assert.Equal(Content, await mount.ReadFileAsync("file"));
    }

    private static bool IsData(FaultRequest request) => request.Path == "/file" && request.Method == "GET";

    private static FaultReply Lie(string lie, FaultRequest request, FaultReply reply) => lie switch
    {
        "stall before the head" => reply with { StallAfter = -1 },
        "stall in the body" => reply with { StallAfter = reply.Body.Length / 2 },
        "reset before the head" => reply with { CutAfter = -1 },
        "reset in the body" => reply with { CutAfter = reply.Body.Length / 2 },
        "another range" => Shifted(reply),
        "another size" => reply.With("Content-Range", reply.Headers["Content-Range"].Split('/')[0] + "/12345678"),
        "too short" => reply with { Body = reply.Body[..(reply.Body.Length / 2)] },
        "no such range" => FaultReply.Of(416, "Content-Range", $"bytes */{Content.Length}"),
        "a circle" => FaultReply.Of(302, "Location", request.Path),
        "a head without end" => reply with { EndlessHead = true },
        "forbidden" => FaultReply.Of(403),
        "too many" => FaultReply.Of(429),
        "broken" => FaultReply.Of(500),
        _ => reply,
    };

    // Right in all but the place.
    private static FaultReply Shifted(FaultReply reply)
    {
        long[] ends = [.. reply.Headers["Content-Range"]["bytes ".Length..].Split('-', '/').Select(end => long.Parse(end, CultureInfo.InvariantCulture))];
        return reply.With("Content-Range", $"bytes {ends[0] + 1}-{ends[1] + 1}/{ends[2]}");
    }

    private Task<TestMount> StartAsync(string settings = "") =>
        TestMount.StartAsync(new() { Origin = _server.Url, VolumeSettings = settings.Contains("retry", StringComparison.Ordinal) ? Impatient.Replace("retry = 2\n", settings, StringComparison.Ordinal) : Impatient + settings });
}
