using System.Globalization;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

/// <summary>What a directory origin tells of changes to real files, by inotify.</summary>
public sealed class DirectoryWatchTests : IAsyncLifetime
{
    private readonly WatchedDirectory _watched = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _watched.DisposeAsync();

    [Fact]
    public async Task Nothing_is_told_while_nothing_changes()
    {
        Make("a/file");
        await _watched.LookAsync("", "a");
        await _watched.Origin.ReadAsync("a/file", 0, 10);
        Assert.Equal("", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_file_that_is_made_written_truncated_changed_in_mode_or_removed_is_told_by_its_path()
    {
        Make("a/file");
        await _watched.LookAsync("a");
        await File.WriteAllTextAsync(_watched.At("a/new"), "x");
        Assert.Equal("a a/new", await _watched.NamesToldAsync());
        await File.AppendAllTextAsync(_watched.At("a/file"), "more");
        Assert.Equal("a/file", await _watched.NamesToldAsync());
        using (FileStream cut = File.OpenWrite(_watched.At("a/file")))
            cut.SetLength(1);
        Assert.Equal("a/file", await _watched.NamesToldAsync());
        File.SetUnixFileMode(_watched.At("a/file"), UnixFileMode.UserRead);
        Assert.Equal("a/file", await _watched.NamesToldAsync());
        File.Delete(_watched.At("a/file"));
        Assert.Equal("a a/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_writer_that_keeps_its_file_open_is_told_of()
    {
        Make("a/file");
        await _watched.LookAsync("a");
        await using FileStream writer = File.OpenWrite(_watched.At("a/file"));
        writer.WriteByte(1);
        await writer.FlushAsync();
        Assert.Equal("a/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_rename_within_the_tree_is_told_by_both_names()
    {
        Make("a/file", "b/file");
        await _watched.LookAsync("a", "b");
        File.Move(_watched.At("a/file"), _watched.At("b/file"), overwrite: true);
        Assert.Equal("a a/file b b/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_rename_into_the_tree_and_out_of_it_is_told()
    {
        Make("a/file");
        await File.WriteAllTextAsync(Path.Combine(_watched.Outside, "new"), "x");
        await _watched.LookAsync("a");
        File.Move(_watched.At("a/file"), Path.Combine(_watched.Outside, "file"));
        Assert.Equal("a a/file", await _watched.NamesToldAsync());
        File.Move(Path.Combine(_watched.Outside, "new"), _watched.At("a/new"));
        Assert.Equal("a a/new", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_directory_that_is_removed_and_made_again_is_told_of_and_watched_anew()
    {
        Make("a/b/file");
        await _watched.LookAsync("a/b");
        Directory.Delete(_watched.At("a/b"), recursive: true);
        Make("a/b/other");
        Assert.Equal("a a/b/", await DeepOfAsync());
        await _watched.LookAsync("a/b");
        Make("a/b/later");
        Assert.Equal("a/b a/b/later", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_deep_new_tree_is_told_by_its_top_and_watched_once_somebody_looks()
    {
        await _watched.LookAsync("");
        Make("a/b/c/file");
        Assert.Equal(" a/", await _watched.NamesToldAsync());
        Assert.Equal((Errno)0, (await _watched.FactsAsync("a/b/c/file")).Errno);
        await File.AppendAllTextAsync(_watched.At("a/b/c/file"), "more");
        Assert.Equal("a/b/c/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_tree_that_is_found_while_it_is_made_is_watched_or_told()
    {
        await _watched.LookAsync("");
        Make("a/b/c/file");
        await _watched.LookAsync("a/b/c"); // before anybody has read the news of "a"
        await File.AppendAllTextAsync(_watched.At("a/b/c/file"), "more");
        Assert.Contains("a/", (await _watched.NamesToldAsync()).Split(' '));
        await _watched.LookAsync("a/b/c");
        await File.AppendAllTextAsync(_watched.At("a/b/c/file"), "more");
        Assert.Equal("a/b/c/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_moved_directory_is_told_by_both_names_and_its_files_by_the_new_one()
    {
        Make("a/b/file", "z/y");
        await _watched.LookAsync("a/b", "z");
        Directory.Move(_watched.At("a/b"), _watched.At("z/c"));
        Assert.Equal("a a/b/ z z/c/", await DeepOfAsync());
        await _watched.LookAsync("z/c");
        await File.AppendAllTextAsync(_watched.At("z/c/file"), "more");
        Assert.Equal("z/c/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_directory_that_was_moved_and_found_again_before_that_was_known_is_told_of()
    {
        Make("a/file");
        await _watched.LookAsync("a");
        Directory.Move(_watched.At("a"), _watched.At("z"));
        await _watched.LookAsync("z");
        Assert.Equal(" a/ z/", await DeepOfAsync());
        await _watched.LookAsync("z");
        await File.AppendAllTextAsync(_watched.At("z/file"), "more");
        Assert.Equal("z/file", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task Two_directories_that_change_places_are_both_told_and_told_right_afterwards()
    {
        Make("a/one", "b/two");
        await _watched.LookAsync("a", "b");
        Directory.Move(_watched.At("a"), _watched.At("c"));
        Directory.Move(_watched.At("b"), _watched.At("a"));
        Directory.Move(_watched.At("c"), _watched.At("b"));
        Assert.Equal(" a/ b/ c/", await DeepOfAsync());
        await _watched.LookAsync("a", "b");
        await File.AppendAllTextAsync(_watched.At("a/two"), "more");
        Assert.Equal("a/two", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_directory_far_above_that_is_moved_is_told_though_only_a_leaf_was_asked_for()
    {
        Make("a/b/c/file");
        Assert.True((await _watched.FactsAsync("a/b/c/file")).Value.FreshFor > TimeSpan.Zero);
        Directory.Move(_watched.At("a"), _watched.At("z"));
        Assert.Equal(" a/ z/", await DeepOfAsync());
        Assert.Equal(Errno.ENOENT, (await _watched.FactsAsync("a/b/c/file")).Errno);
    }

    [Fact]
    public async Task The_mode_of_a_directory_is_told_without_what_is_beneath_it()
    {
        Make("a/b/file");
        await _watched.LookAsync("a/b");
        File.SetUnixFileMode(_watched.At("a/b"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal("a/b", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task The_facts_of_a_directory_are_trusted_only_while_it_is_watched_itself()
    {
        Make("a/b/file");
        OriginListing listing = (await _watched.Origin.ListAsync("a")).Value;
        Assert.Equal(TimeSpan.Zero, listing.Entries.Single().Facts!.FreshFor); // a new entry in b changes its times, and "a" does not see that
        Assert.NotNull((await _watched.FactsAsync("a/b")).Value.FreshFor);
        Assert.True((await _watched.Origin.ListAsync("a")).Value.Entries.Single().Facts!.FreshFor > TimeSpan.Zero);
        Make("a/b/new");
        Assert.Equal("a/b a/b/new", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task A_file_with_two_names_is_not_trusted()
    {
        Make("a/file", "b/x");
        Assert.Equal(0, ChildProgram.Run("ln", _watched.At("a/file"), _watched.At("b/link")).Status);
        Assert.Null((await _watched.FactsAsync("a/file")).Value.FreshFor);
        Assert.Equal(TimeSpan.Zero, (await _watched.Origin.ListAsync("a")).Value.Entries.Single().Facts!.FreshFor);
    }

    [Fact]
    public async Task News_that_were_lost_put_everything_in_doubt_once_and_are_told_again_afterwards()
    {
        Make("a/one", "a/two");
        await _watched.LookAsync("a");
        int queue = int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_queued_events"), CultureInfo.InvariantCulture);
        for (int i = 0; i <= queue / 2; i++) // in turn, for equal events are one
        {
            File.SetUnixFileMode(_watched.At("a/one"), UnixFileMode.UserRead);
            File.SetUnixFileMode(_watched.At("a/two"), UnixFileMode.UserRead);
        }
        Assert.Equal([null], await _watched.ToldAsync());
        Assert.Single(_watched.Log.Text.Split('\n'), line => line.StartsWith("Warning: changes came faster", StringComparison.Ordinal));
        await _watched.LookAsync("a");
        File.Delete(_watched.At("a/one"));
        Assert.Equal("a a/one", await _watched.NamesToldAsync());
    }

    [Fact]
    public async Task Where_watches_run_out_the_others_are_asked_again_and_one_warning_says_so()
    {
        await using var watched = new WatchedDirectory("max-watches", "3");
        foreach (string name in (string[])["a", "b", "c"])
            Directory.CreateDirectory(watched.At(name));
        await watched.NamesToldAsync(); // watches the root, and where the marks are
        Assert.NotNull((await watched.Origin.ListAsync("a")).Value.FreshFor);
        Assert.Null((await watched.Origin.ListAsync("b")).Value.FreshFor);
        Assert.Null((await watched.Origin.ListAsync("c")).Value.FreshFor);
        string warning = Assert.Single(watched.Log.Text.Split('\n'), line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains("3 directories are watched", warning);
        Assert.Contains("fs.inotify.max_user_watches, or the volume's max-watches", warning);

        Directory.Delete(watched.At("a"));
        await watched.ToldAsync();
        Assert.NotNull((await watched.Origin.ListAsync("b")).Value.FreshFor); // there is one again
    }

    [Fact]
    public async Task With_no_watches_allowed_nothing_is_watched_and_nothing_is_said()
    {
        await using IOrigin origin = TestOrigin.Make(_watched.Root, _watched.Log, "max-watches", "0");
        await foreach (OriginChange? change in ((IWatchingOrigin)origin).WatchAsync(default))
            Assert.Fail($"{change} was told");
        Assert.Null((await origin.ListAsync("")).Value.FreshFor);
        Assert.Equal("", _watched.Log.Text);
    }

    [Fact]
    public async Task A_change_is_told_by_the_clock_within_a_second()
    {
        await using IOrigin origin = TestOrigin.Make(_watched.Root);
        Make("a/file");
        await using IAsyncEnumerator<OriginChange?> news = ((IWatchingOrigin)origin).WatchAsync(default).GetAsyncEnumerator();
        Task<bool> next = news.MoveNextAsync().AsTask();
        await origin.ListAsync("a");
        await File.AppendAllTextAsync(_watched.At("a/file"), "more");
        Assert.True(await next.WaitAsync(Patience.Limit)); // five ticks a second: how soon on a busy machine is not judged here
        Assert.Equal("a/file", news.Current!.Path.ToString());
    }

    private async Task<string> DeepOfAsync() => string.Join(' ', (await _watched.NamesToldAsync()).Split(' ').Where(
        (name, _) => name.Length == 0 || name.EndsWith('/') || Directory.Exists(_watched.At(name))));

    private void Make(params string[] files)
    {
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_watched.At(file))!);
            File.WriteAllText(_watched.At(file), "text");
        }
    }
}
