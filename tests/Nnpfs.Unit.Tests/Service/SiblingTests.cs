using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>Small files and facts are fetched ahead of a mount that goes through a directory from entry to entry.</summary>
public sealed class SiblingTests
{
    private const int Size = 1000;

    [Fact]
    public async Task Small_files_that_are_read_in_order_are_fetched_ahead_and_met_in_the_cache()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, 40));
        ScriptedDriver driver = rig.Mount();
        Node[] files = Walk(driver, 40);
        foreach (Node file in files[..3])
            driver.Data(file);
        await Eventually(() => rig.Origin.Reads == 7, "the next four are read");
        foreach (Node file in files[3..])
            driver.Data(file);

        await Eventually(() => rig.Origin.Reads >= 40, "all are read");
        Assert.Equal(40, rig.Origin.Reads); // each once, by the reader or by the guess
    }

    [Fact]
    public async Task Nothing_is_guessed_for_reads_out_of_order()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, 40));
        ScriptedDriver driver = rig.Mount();
        Node[] files = Walk(driver, 40);
        int[] order = [30, 3, 20, 11, 39, 0, 25];
        foreach (int i in order)
            driver.Data(files[i]);

        await Task.Delay(100);
        Assert.Equal(order.Length, rig.Origin.Reads);
    }

    [Fact]
    public async Task A_wrong_guess_is_dropped_and_counted()
    {
        using var unused = new CounterReader("nnpfs_guessed_unused_bytes_total", "guessing");
        await using var rig = new ServiceRig(origin => Fill(origin, 40), name: "guessing");
        ScriptedDriver driver = rig.Mount();
        Node[] files = Walk(driver, 40);
        foreach (Node file in files[..3])
            driver.Data(file);
        await Eventually(() => rig.Origin.Reads == 7, "the next four are read");
        driver.Data(files[30]);

        await Eventually(() => unused.Sum == 4 * Size, "four files were fetched in vain");
        Assert.Equal(8, rig.Origin.Reads);
    }

    [Fact]
    public async Task What_was_guessed_and_not_begun_is_not_asked_for_once_the_walk_is_elsewhere()
    {
        var gate = new TaskCompletionSource();
        await using var rig = new ServiceRig(origin => Fill(origin, 40));
        ScriptedDriver driver = rig.Mount();
        Node[] files = Walk(driver, 40);
        var begun = new ConcurrentQueue<string>();
        rig.Origin.Gate = (what, cancel) =>
        {
            begun.Enqueue(what);
            return what is "read file003" or "read file004" or "read file005" or "read file006" ? gate.Task.WaitAsync(cancel) : Task.CompletedTask;
        };
        foreach (Node file in files[..3])
            driver.Data(file);
        await Eventually(() => begun.Count == 7, "the guesses are under way");
        driver.Data(files[30]); // a seek: the four are cancelled

        await Eventually(() => rig.Volume.Fetches.CancelledRequests == 4, "the guesses are given up");
        Assert.Equal((Errno)0, driver.Data(files[20]).Errno);
    }

    [Fact]
    public async Task Large_files_are_no_guess()
    {
        await using var rig = new ServiceRig(origin => Fill(origin, 10, 100_000));
        ScriptedDriver driver = rig.Mount();
        foreach (Node file in Walk(driver, 10)[..4])
            driver.Data(file, 0, 100_000);

        await Task.Delay(100);
        Assert.Equal(4, rig.Origin.Reads);
    }

    [Fact]
    public async Task Facts_that_a_listing_does_not_tell_are_asked_ahead_side_by_side()
    {
        int running = 0, most = 0;
        await using var rig = new ServiceRig(origin => Fill(origin, 40));
        rig.Origin.ListsFacts = false;
        rig.Origin.Gate = async (what, cancel) =>
        {
            if (!what.StartsWith("facts file", StringComparison.Ordinal))
                return;
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Delay(20, cancel);
            Interlocked.Decrement(ref running);
        };
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        driver.Data(root);
        int before = rig.Origin.Facts;
        for (int i = 0; i < 40; i++)
            Assert.Equal((ulong)Size, driver.Lookup(root.Id, NameOf(i)).Node!.Attributes.Size);

        Assert.Equal(40, rig.Origin.Facts - before); // each once
        Assert.InRange(most, 3, 8);
    }

    private static void Fill(MemoryOrigin origin, int count, int size = Size)
    {
        for (int i = 0; i < count; i++)
            origin[NameOf(i)] = new byte[size];
    }

    private static string NameOf(int i) => i.ToString("'file'000", CultureInfo.InvariantCulture);

    private static Node[] Walk(ScriptedDriver driver, int count)
    {
        Node root = driver.Root();
        driver.Data(root);
        return [.. Enumerable.Range(0, count).Select(i => driver.Lookup(root.Id, NameOf(i)).Node!)];
    }

    private static Task Eventually(Func<bool> condition, string what) => TestKit.Patience.UntilAsync(condition, what);

    /// <summary>Sums one counter of one volume.</summary>
    private sealed class CounterReader : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _sum;

        public CounterReader(string name, string volume)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                if (tags.Length > 0 && (string?)tags[0].Value == volume)
                    Interlocked.Add(ref _sum, value);
            });
            _listener.Start();
        }

        public long Sum => Interlocked.Read(ref _sum);

        public void Dispose() => _listener.Dispose();
    }
}
