using System.Collections.Concurrent;
using System.Globalization;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>What is asked of a remote origin when a mount goes through a tree, counted.</summary>
public sealed class TreeWalkTests
{
    private const int Size = 1000;

    [Fact]
    public async Task Names_of_a_directory_that_was_not_listed_cost_its_listing_and_not_a_question_each()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 1, files: 40));
        ScriptedDriver driver = rig.Mount();
        Node directory = driver.Lookup(driver.Root().Id, "d00").Node!;
        int before = rig.Origin.Facts;
        for (int i = 0; i < 3; i++)
            Assert.Equal((ulong)Size, driver.Lookup(directory.Id, FileAt(i)).Node!.Attributes.Size);
        await Patience.UntilAsync(() => IsListed(rig, directory), "the listing");
        for (int i = 3; i < 40; i++)
            Assert.Equal((ulong)Size, driver.Lookup(directory.Id, FileAt(i)).Node!.Attributes.Size);
        Assert.Null(driver.Lookup(directory.Id, "no such file").Node);

        Assert.Equal(1, rig.Origin.Listings);
        Assert.Equal(3 + 1, rig.Origin.Facts - before); // of the first names, and with the listing the directory's own
    }

    [Fact]
    public async Task A_directory_that_cannot_be_listed_is_asked_for_its_listing_once()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 1, files: 40));
        rig.Origin.Gate = (what, _) => what.StartsWith("list", StringComparison.Ordinal) ? throw new IOException("no listing") : Task.CompletedTask;
        ScriptedDriver driver = rig.Mount();
        Node directory = driver.Lookup(driver.Root().Id, "d00").Node!;
        for (int i = 0; i < 40; i++)
            Assert.Equal((ulong)Size, driver.Lookup(directory.Id, FileAt(i)).Node!.Attributes.Size);

        Assert.Equal(1, rig.Origin.Listings);
    }

    [Fact]
    public async Task Two_names_of_a_directory_are_no_reason_to_list_it()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 1, files: 40));
        ScriptedDriver driver = rig.Mount();
        Node directory = driver.Lookup(driver.Root().Id, "d00").Node!;
        driver.Lookup(directory.Id, FileAt(7));
        driver.Lookup(directory.Id, FileAt(30));

        await Task.Delay(100);
        Assert.Equal(0, rig.Origin.Listings);
    }

    [Fact]
    public async Task Directories_that_are_gone_through_in_order_are_listed_ahead()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 20, files: 1));
        ScriptedDriver driver = rig.Mount();
        Node[] directories = Directories(driver, 20);
        foreach (Node directory in directories[..3])
            driver.Data(directory);

        await Patience.UntilAsync(() => IsListed(rig, directories[3]), "the next one");
        foreach (Node directory in directories[3..])
            driver.Data(directory);
        Assert.Equal(1 + 20, rig.Origin.Listings); // each once, by the mount or by the guess
    }

    [Fact]
    public async Task A_listing_ahead_is_given_up_when_the_mount_goes_elsewhere()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 20, files: 1));
        ScriptedDriver driver = rig.Mount();
        Node[] directories = Directories(driver, 20);
        var begun = new ConcurrentQueue<string>();
        var cancelled = new TaskCompletionSource();
        rig.Origin.Gate = async (what, cancel) =>
        {
            begun.Enqueue(what);
            if (what != "list d03")
                return;
            using CancellationTokenRegistration registration = cancel.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, cancel);
        };
        foreach (Node directory in directories[..3])
            driver.Data(directory);
        await Patience.UntilAsync(() => begun.Contains("list d03"), "the guess");
        driver.Data(directories[15]);

        await cancelled.Task.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task The_files_of_the_next_directory_are_fetched_ahead_from_its_first_one_on()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 2, files: 40));
        ScriptedDriver driver = rig.Mount();
        Node[] next = await AfterOneDirectoryAsync(rig, driver);
        driver.Data(next[0]);

        await Patience.UntilAsync(() => rig.Origin.Reads == 40 + 1 + 8, "the first of it, and the next eight");
    }

    [Fact]
    public async Task Reads_in_the_midst_of_the_next_directory_are_no_reason_to_guess()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, directories: 2, files: 40));
        ScriptedDriver driver = rig.Mount();
        Node[] next = await AfterOneDirectoryAsync(rig, driver);
        foreach (int i in (int[])[20, 11, 35, 2])
            driver.Data(next[i]);

        await Task.Delay(100);
        Assert.Equal(44, rig.Origin.Reads);
    }

    private static void Fill(MemoryOrigin origin, int directories, int files)
    {
        origin.Info = new OriginInfo("far", IsRemote: true);
        for (int directory = 0; directory < directories; directory++)
        {
            for (int file = 0; file < files; file++)
                origin[$"{DirectoryAt(directory)}/{FileAt(file)}"] = new byte[Size];
        }
    }

    /// <summary>The first of two directories of 40 files is read to its end.</summary>
    /// <returns>the files of the second</returns>
    private static async Task<Node[]> AfterOneDirectoryAsync(ServiceRig rig, ScriptedDriver driver)
    {
        Node[] directories = Directories(driver, 2);
        foreach (Node file in Files(driver, directories[0], 40))
            driver.Data(file);
        await Patience.UntilAsync(() => rig.Origin.Reads == 40, "the first directory is read");
        return Files(driver, directories[1], 40);
    }

    private static bool IsListed(ServiceRig rig, Node directory) =>
        rig.Volume.ReportAsync(new(directory.Id), CancellationToken.None).AsTask().Result is { IsOk: true, Value.IsWhole: true };

    private static string DirectoryAt(int i) => i.ToString("'d'00", CultureInfo.InvariantCulture);

    private static string FileAt(int i) => i.ToString("'f'00", CultureInfo.InvariantCulture);

    private static Node[] Directories(ScriptedDriver driver, int count)
    {
        Node root = driver.Root();
        driver.Data(root);
        return [.. Enumerable.Range(0, count).Select(i => driver.Lookup(root.Id, DirectoryAt(i)).Node!)];
    }

    private static Node[] Files(ScriptedDriver driver, Node directory, int count)
    {
        driver.Data(directory);
        return [.. Enumerable.Range(0, count).Select(i => driver.Lookup(directory.Id, FileAt(i)).Node!)];
    }
}
