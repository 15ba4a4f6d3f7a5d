using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;
using Node = Nnpfs.Proto.Channel.Node;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>What a directory's listing says of its entries, and what it does not.</summary>
public sealed class ListingTests
{
    private ToldOrigin _told = null!;

    [Fact]
    public async Task A_listing_that_was_asked_for_before_an_entry_was_found_changed_does_not_put_back_what_was()
    {
        await using ServiceRig rig = Start();
        rig.Origin.FreshFor = TimeSpan.Zero;
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        Assert.Equal(1ul, driver.Lookup(root.Id, "one").Node!.Attributes.Size);

        TaskCompletionSource made = new(), arrives = new();
        _told.Listed = async listing =>
        {
            made.TrySetResult();
            await arrives.Task;
            return listing;
        };
        ulong listed = driver.Begin(new Envelope { GetData = new() { Node = root.Id, Version = root.Version, Length = 4096 } });
        await made.Task;
        rig.Origin["one"] = new byte[10];
        rig.Origin.FreshFor = TimeSpan.FromMinutes(10);
        Assert.Equal(10ul, driver.Lookup(root.Id, "one").Node!.Attributes.Size);
        arrives.SetResult();
        driver.End(listed);

        Assert.Equal(10ul, driver.Lookup(root.Id, "one").Node!.Attributes.Size);
        Assert.Equal(2, rig.Origin.Listings); // the older one was of no use
    }

    [Fact]
    public async Task A_listing_that_is_overtaken_again_and_again_tells_the_names_and_puts_nothing_back()
    {
        await using ServiceRig rig = Start();
        rig.Origin.FreshFor = TimeSpan.Zero;
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        driver.Lookup(root.Id, "one");
        int size = 1;
        _told.Listed = async listing =>
        {
            rig.Origin["one"] = new byte[++size];
            rig.Origin.FreshFor = size > 4 ? TimeSpan.FromMinutes(10) : TimeSpan.Zero; // the last answer may be relied on
            await rig.Volume.LookupAsync(new NodeId(root.Id), "one"u8.ToArray(), new Wait("test", default, default), default);
            return listing;
        };
        driver.Data(root);
        _told.Listed = Task.FromResult;

        Assert.Equal(5, size);
        Assert.Equal(5ul, driver.Lookup(root.Id, "one").Node!.Attributes.Size);
        Assert.Equal(1ul, driver.Lookup(root.Id, "two").Node!.Attributes.Size);
    }

    [Fact]
    public async Task Where_one_entry_is_not_told_of_only_that_one_is_asked_about()
    {
        await using ServiceRig rig = Start();
        rig.Volume.Start();
        _told.Tell((name, facts) => name == "two" ? null : facts);
        ScriptedDriver driver = Listed(rig, out Node root);
        Assert.Equal(1ul, driver.Lookup(root.Id, "one").Node!.Attributes.Size);
        Assert.Equal(1ul, driver.Lookup(root.Id, "three").Node!.Attributes.Size);
        Assert.Equal(1, rig.Origin.Facts); // of the root, with its listing
        Assert.Equal(1ul, driver.Lookup(root.Id, "two").Node!.Attributes.Size);
        Assert.Equal(2, rig.Origin.Facts);
    }

    [Fact]
    public async Task Where_one_entry_is_not_told_of_the_file_tells_of_another_one_that_changed()
    {
        await using ServiceRig rig = Start();
        rig.Volume.Start();
        _told.Tell((name, facts) => name == "two" ? null : facts);
        ScriptedDriver driver = Listed(rig, out Node root);
        driver.Lookup(root.Id, "one");
        rig.Origin["one"] = new byte[10];
        await _told.News.Writer.WriteAsync(new OriginChange(OriginPath.Of("one")));
        driver.Next(envelope => envelope.Invalidate is not null);
        ulong asked = driver.Data(root).Installs[^1].InstallData.Version; // does not tell of it
        Assert.Equal(10ul, driver.Lookup(root.Id, "one").Node!.Attributes.Size);

        Assert.NotEqual(asked, driver.Data(root).Installs[^1].InstallData.Version); // and now tells what it is
        Assert.Equal(1, rig.Origin.Listings);
    }

    [Fact]
    public async Task An_entry_that_is_told_but_is_not_as_good_as_its_listing_is_asked_about()
    {
        await using ServiceRig rig = Start();
        _told.Tell((name, facts) => name == "two" ? facts with { FreshFor = TimeSpan.Zero } : facts);
        ScriptedDriver driver = Listed(rig, out Node root);
        driver.Lookup(root.Id, "one");
        Assert.Equal(1, rig.Origin.Facts); // of the root, with its listing
        rig.Origin["two"] = new byte[10]; // and nobody tells
        Assert.Equal(10ul, driver.Lookup(root.Id, "two").Node!.Attributes.Size);
        Assert.Equal(2, rig.Origin.Facts);
        driver.Lookup(root.Id, "two");
        Assert.Equal(2, rig.Origin.Facts); // its own answer is good for as long as it says
    }

    [Fact]
    public async Task An_answer_that_is_good_for_less_than_the_listing_counts_for_its_entry()
    {
        await using ServiceRig rig = Start();
        rig.Volume.Start();
        ScriptedDriver driver = Listed(rig, out Node root);
        Node two = driver.Lookup(root.Id, "two").Node!;
        await _told.News.Writer.WriteAsync(new OriginChange(OriginPath.Of("two"))); // it has got a second name
        Assert.Equal([two.Id], driver.Next(envelope => envelope.Invalidate is not null).Invalidate.Nodes);
        rig.Origin.FreshFor = TimeSpan.Zero;
        driver.Lookup(root.Id, "two");
        rig.Origin["two"] = new byte[10]; // by that one, and nobody tells
        Assert.Equal(10ul, driver.Lookup(root.Id, "two").Node!.Attributes.Size);
    }

    /// <summary>A driver that has the listing of the root.</summary>
    private static ScriptedDriver Listed(ServiceRig rig, out Node root)
    {
        ScriptedDriver driver = rig.Mount();
        root = driver.Root();
        driver.Data(root);
        return driver;
    }

    private ServiceRig Start() => new(
        origin => _told = new ToldOrigin(origin), options => options, origin => (origin["one"], origin["two"], origin["three"]) = ([1], [2], [3]));
}
