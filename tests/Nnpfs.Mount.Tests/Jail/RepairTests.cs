using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>What status says of a jail that lost something, and how up repairs it or down clears it.</summary>
public sealed class RepairTests : IAsyncLifetime
{
    private readonly Setup _setup = new();

    public Task InitializeAsync()
    {
        File.WriteAllText($"{_setup.Origin}/hello", "hello");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _setup.DisposeAsync();

    [MountFact]
    public async Task What_was_killed_is_replaced_and_what_lives_goes_on()
    {
        await _setup.UpAsync();
        int arlad = _setup.Arlad, driver = _setup.Driver;

        await KillAsync(arlad, "not running");
        File.WriteAllText($"{_setup.Origin}/later", "later");
        await _setup.UpAsync("--no-mount");
        Assert.Equal(driver, _setup.Driver);
        Assert.NotEqual(arlad, _setup.Arlad);
        Assert.Equal("later", await _setup.ReadAsync("later"));

        arlad = _setup.Arlad;
        await KillAsync(driver, "does not answer");
        await _setup.UpAsync();
        Assert.Equal(arlad, _setup.Arlad);
        Assert.Equal("hello", await _setup.ReadAsync("hello"));

        await KillAsync(_setup.Driver, "does not answer");
        await KillAsync(_setup.Arlad, "not running");
        await _setup.UpAsync();
        Assert.Equal("hello", await _setup.ReadAsync("hello"));
        Assert.Equal(0, (await _setup.RunAsync("status")).Status);

        await KillAsync(_setup.Driver, "does not answer");
        (int status, string said) = await _setup.RunAsync("down");
        Assert.True(status == 0, said);
        Assert.False(MountTable.IsMounted(_setup.MountPoint));
        Assert.Equal(3, (await _setup.RunAsync("status")).Status);
    }

    [MountFact]
    public async Task What_the_jail_lacks_is_named_and_put_back()
    {
        await _setup.UpAsync();
        string library = Directory.GetFiles($"{_setup.Jail}/lib", "libssl.so.3", SearchOption.AllDirectories).Single();
        File.Delete(library);

        (int status, string said) = await _setup.RunAsync("status");
        Assert.Equal((1, true), (status, said.Contains($"not complete: {library} is missing", StringComparison.Ordinal)));
        (status, said) = await _setup.EnterAsync();
        Assert.Equal(4, status);
        Assert.Contains($"The jail is not complete: {library} is missing. Run: chroot-setup/up", said, StringComparison.Ordinal);

        Assert.Contains("its jail or its configuration changed", await _setup.UpAsync(), StringComparison.Ordinal);
        Assert.True(File.Exists(library));
        Assert.Equal("hello", await _setup.ReadAsync("hello"));
        Assert.Equal(0, (await _setup.RunAsync("status")).Status);
        Assert.Contains("Nothing to do", await _setup.UpAsync(), StringComparison.Ordinal);
    }

    [MountFact]
    public async Task Another_origin_takes_the_place_of_the_first_and_the_first_comes_back()
    {
        await _setup.UpAsync();
        Assert.Equal("hello", await _setup.ReadAsync("hello"));
        string other = $"{_setup.Origin}-2";
        Directory.CreateDirectory(other);
        File.WriteAllText($"{other}/hello", "from the other");

        await _setup.UpAsync(other, _setup.MountPoint);
        Assert.Equal("from the other", await _setup.ReadAsync("hello"));
        (int status, string said) = await _setup.RunAsync("status");
        Assert.Equal((0, true), (status, said.Contains("origin-2", StringComparison.Ordinal)));

        await _setup.UpAsync();
        Assert.Equal("hello", await _setup.ReadAsync("hello"));
    }

    [MountFact]
    public async Task Nnpfsctl_invalidates_prefetches_and_pins_in_the_jail()
    {
        Directory.CreateDirectory($"{_setup.Origin}/tree");
        File.WriteAllBytes($"{_setup.Origin}/tree/a", new byte[5_000_000]);
        await _setup.UpAsync();
        string tree = $"{_setup.MountPoint}/tree";

        await _setup.ControlAsync("prefetch", tree);
        Assert.Contains("\"whole\":true", (await _setup.ControlAsync("stat", $"{tree}/a", "--json")).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        await _setup.ControlAsync("pin", tree);
        Assert.Contains("tree", await _setup.ControlAsync("pins"), StringComparison.Ordinal);
        await _setup.ControlAsync("unpin", tree);
        Assert.Equal("hello", await _setup.ReadAsync("hello"));
        File.WriteAllText($"{_setup.Origin}/hello", "changed");
        await _setup.ControlAsync("invalidate", $"{_setup.MountPoint}/hello");
        Assert.Equal("changed", await _setup.ReadAsync("hello"));
    }

    private async Task KillAsync(int process, string told)
    {
        ChildProgram.Run("kill", "-9", $"{process}");
        (int Status, string Said) looked = default;
        await Patience.UntilAsync(async () => (looked = await _setup.RunAsync("status")).Status == 1, "status says that something is wrong");
        Assert.Contains(told, looked.Said, StringComparison.Ordinal);
        Assert.Contains($"up --jail {_setup.Jail}", looked.Said, StringComparison.Ordinal);
    }
}
