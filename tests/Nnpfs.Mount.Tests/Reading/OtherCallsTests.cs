using System.Globalization;
using System.Text.Json;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>What programs ask of a file besides its bytes: where data is, attributes, poll, fsync, and so on.</summary>
public sealed class OtherCallsTests
{
    private const int Size = 300_000;

    /// <summary>Each call of a program, with what it answers: a value, or the name of an errno.</summary>
    private const string Calls = """
        import errno, fcntl, json, os, select, sys
        path = sys.argv[1]
        fd, directory = os.open(path, os.O_RDONLY), os.open(os.path.dirname(path), os.O_RDONLY)
        def polled():
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            return poll.poll(20000) == [(fd, select.POLLIN)]
        calls = {
            "data": lambda: os.lseek(fd, 1000, os.SEEK_DATA),
            "hole": lambda: os.lseek(fd, 1000, os.SEEK_HOLE),
            "data at the end": lambda: os.lseek(fd, os.fstat(fd).st_size, os.SEEK_DATA),
            "hole beyond the end": lambda: os.lseek(fd, os.fstat(fd).st_size + 1, os.SEEK_HOLE),
            "end": lambda: os.lseek(fd, 0, os.SEEK_END),
            "fsync": lambda: os.fsync(fd),
            "fsync of a directory": lambda: os.fsync(directory),
            "fdatasync": lambda: os.fdatasync(fd),
            "ioctl": lambda: fcntl.ioctl(fd, 0x5401),
            "poll": polled,
            "may be read": lambda: os.access(path, os.R_OK),
            "lock": lambda: fcntl.flock(fd, fcntl.LOCK_SH),
            "advice": lambda: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED),
            "no attribute": lambda: os.getxattr(path, "user.other").decode(),
            "attributes": lambda: {name: os.getxattr(path, name).decode() for name in os.listxattr(path)},
            "attributes of the root": lambda: os.listxattr(os.path.dirname(path)),
            "close": lambda: os.close(fd),
        }
        answers = {}
        for name, call in calls.items():
            try:
                answers[name] = call()
            except OSError as failure:
                answers[name] = errno.errorcode[failure.errno]
        print(json.dumps(answers))
        """;

    private static readonly Dictionary<string, string> Expected = new()
    {
        ["data"] = "1000",
        ["hole"] = $"{Size}", // origins do not tell of holes: there is one, at the end
        ["data at the end"] = "\"ENXIO\"",
        ["hole beyond the end"] = "\"ENXIO\"",
        ["end"] = $"{Size}",
        ["fsync"] = "null",
        ["fsync of a directory"] = "null",
        ["fdatasync"] = "null",
        ["ioctl"] = "\"ENOTTY\"",
        ["poll"] = "true",
        ["may be read"] = "true",
        ["lock"] = "null",
        ["advice"] = "null",
        ["no attribute"] = "\"ENODATA\"",
        ["close"] = "null",
    };

    [MountFact]
    public async Task Each_call_that_changes_nothing_has_the_answer_of_a_file_system()
    {
        await using TestMount mount = await StartAsync();

        JsonElement answers = await AskAsync(mount);

        Assert.Equal(Expected, Expected.Keys.ToDictionary(name => name, name => answers.GetProperty(name).GetRawText()));
    }

    [MountFact]
    public async Task The_extended_attributes_say_where_a_file_comes_from_and_what_is_cached_of_it()
    {
        await using TestMount mount = await StartAsync();
        await mount.ReadFileAsync("file");

        JsonElement answers = await AskAsync(mount);
        Dictionary<string, string> attributes = answers.GetProperty("attributes").Deserialize<Dictionary<string, string>>()!;
        string[] ofTheRoot = answers.GetProperty("attributes of the root").Deserialize<string[]>()!;

        Assert.Equal(
            ["block-size", "cached", "expires", "mode", "node", "origin", "version"],
            attributes.Keys.Select(name => name["user.nnpfs.".Length..]).Order(StringComparer.Ordinal));
        Assert.Equal($"{Size} 100%", attributes["user.nnpfs.cached"]);
        Assert.Equal($"{4 << 20}", attributes["user.nnpfs.block-size"]);
        Assert.Equal((await mount.StatAsync("file")).Value.st_ino, ulong.Parse(attributes["user.nnpfs.node"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Contains(mount.Origin, attributes["user.nnpfs.origin"], StringComparison.Ordinal);
        Assert.InRange(double.Parse(attributes["user.nnpfs.expires"], CultureInfo.InvariantCulture), 0.001, 86400);
        Assert.NotEqual(0ul, ulong.Parse(attributes["user.nnpfs.version"], CultureInfo.InvariantCulture));
        Assert.Equal(attributes.Keys.Except(["user.nnpfs.mode"]).Append("user.nnpfs.stats").Order(StringComparer.Ordinal), ofTheRoot.Order(StringComparer.Ordinal));
    }

    [MountFact]
    public async Task The_last_error_of_a_file_is_one_of_its_attributes()
    {
        await using TestMount mount = await TestMount.StartAsync(
            new() { Fill = Fill, VolumeSettings = "fault = 100%\nfault-path = file\nretry = 1" });
        await mount.ListAsync(); // so that the name is known, and only the reading fails
        Assert.Equal(Mono.Unix.Native.Errno.EIO, (await mount.TryReadFileAsync("file")).Errno);

        Assert.Matches(@"^EIO \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", (await mount.GetXattrAsync("file", "user.nnpfs.last-error")).Value);
    }

    private static Task<TestMount> StartAsync() => TestMount.StartAsync(new() { Fill = Fill });

    private static void Fill(string origin) => File.WriteAllBytes($"{origin}/file", Pattern.Bytes(Size));

    private static async Task<JsonElement> AskAsync(TestMount mount)
    {
        (int status, string output) = await mount.GuardAsync(() => ChildProgram.Run("python3", "-c", Calls, mount.At("file")));
        Assert.True(status == 0, output);
        using JsonDocument answers = JsonDocument.Parse(output);
        return answers.RootElement.Clone();
    }
}
