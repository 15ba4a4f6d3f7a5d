using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>What an administrator of arlad can do wrong: each with its message, its place and its exit status.</summary>
public sealed class ArladErrorsTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_key_that_nobody_knows_is_named_with_its_line_and_the_nearest() =>
        Expect(2, "arlad.conf:6: unknown key \"orgin\"; did you mean \"origin\"?", await RunAsync("", "orgin = /usr"));

    [Fact]
    public async Task A_value_that_cannot_be_is_named_with_its_line() =>
        Expect(2, "arlad.conf:4: \"limit-bytes\" must be a size of at least 64M, not \"12\"", await RunAsync("limit-bytes = 12"));

    [Fact]
    public async Task A_configuration_that_is_missing() =>
        Expect(2, "cannot be read", await ChildProgram.RunAsync("arlad", "--config", _scratch.Path("none")));

    [Fact]
    public async Task An_origin_that_is_missing() =>
        Expect(4, "arlad.conf:6: ", await RunAsync("", $"origin = {_scratch.Path("none")}"));

    [Fact]
    public async Task A_directory_of_a_newer_version()
    {
        File.WriteAllText(Path.Combine(_scratch.Directory("cache"), "format"), "nnpfs cache 99\n");
        Expect(4, "has format 99, and this arlad knows up to", await RunAsync());
    }

    [Fact]
    public async Task A_directory_that_is_no_cache()
    {
        File.WriteAllText(Path.Combine(_scratch.Directory("cache"), "format"), "holiday pictures\n");
        Expect(4, "does not say that this is a cache of Nnpfs", await RunAsync());
    }

    [Fact]
    public async Task A_cache_directory_that_is_missing() =>
        Expect(4, "cannot open the cache directory", await RunAsync(cache: _scratch.Path("none")));

    [Fact]
    public async Task A_jail_without_the_sockets_directory() =>
        Expect(4, "the jail is not complete, run chroot-setup/up", await RunAsync(channel: _scratch.Path("none/nnpfs0")));

    [Fact]
    public async Task A_jail_without_a_library()
    {
        string program = _scratch.Path("program");
        ChildProgram.Run("cp", "-r", Path.GetDirectoryName(ChildProgram.Locate("arlad"))!, program);
        foreach (string library in Directory.GetFiles(program, "libe_sqlite3.so", SearchOption.AllDirectories))
            File.Delete(library);
        Expect(4, "libe_sqlite3.so, beside arlad) or a library that it needs is missing: the jail is not complete, run chroot-setup/up",
            await ChildProgram.RunAsync($"{program}/arlad", "--config", Configure()));
    }

    [Fact]
    public async Task A_second_arlad_on_the_same_cache()
    {
        await using TestArlad first = await TestArlad.StartAsync($"[volume test]\norigin = {_scratch.Directory("origin")}", "", _scratch);
        Expect(4, $"is in use by another arlad (process {first.Program.Id})", await RunAsync(cache: first.Cache));
    }

    [Fact]
    public async Task A_second_arlad_on_the_same_socket()
    {
        await using TestArlad first = await TestArlad.StartAsync($"[volume test]\norigin = {_scratch.Directory("origin")}", "", _scratch);
        Expect(4, "another arlad listens at", await RunAsync(cache: _scratch.Directory("cache2"), channel: first.Channel));
    }

    [RootFact]
    public async Task A_disk_without_room()
    {
        // 64 KiB: not even the index fits.
        string cache = _scratch.Directory("cache"), script = $"mount -t tmpfs -o size=64k none {cache} && exec {ChildProgram.Locate("arlad")} --config {Configure(cache)}";
        (int status, string output) = await ChildProgram.RunAsync("unshare", "-m", "sh", "-c", script);
        Expect(4, "disk is full", (status, output));
    }

    private static void Expect(int status, string text, (int Status, string Output) ended)
    {
        Assert.True(status == ended.Status, $"status {ended.Status}: {ended.Output}");
        Assert.Contains(text, ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Output, StringComparison.Ordinal); // no stack of calls
    }

    private string Configure(string? cache = null, string setting = "", string? volume = null, string? channel = null)
    {
        string file = _scratch.Path("bad/arlad.conf");
        _scratch.Directory("bad");
        File.WriteAllText(file, $"""
            [arlad]
            cache = {cache ?? _scratch.Directory("cache")}
            channel = {channel ?? _scratch.Path("bad/nnpfs0")}
            {setting}
            [volume test]
            {volume ?? $"origin = {_scratch.Directory("origin")}"}
            """);
        return file;
    }

    private Task<(int Status, string Output)> RunAsync(string setting = "", string? volume = null, string? cache = null, string? channel = null) =>
        ChildProgram.RunAsync("arlad", "--config", Configure(cache, setting, volume, channel));
}
