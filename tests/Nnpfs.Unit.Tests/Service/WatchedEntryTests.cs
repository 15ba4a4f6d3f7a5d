using Nnpfs.Origins;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>An origin that tells of a changed file costs that file, and not the listing of its directory.</summary>
public sealed class WatchedEntryTests
{
    [Fact]
    public async Task A_file_that_is_told_to_have_changed_is_asked_about_and_its_directory_is_not_listed_again()
    {
        ToldOrigin told = null!;
        await using var rig = new ServiceRig(
            origin => told = new ToldOrigin(origin), options => options, origin => (origin["busy"], origin["quiet"]) = ([1], [2]));
        rig.Volume.Start();
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        ulong before = driver.Data(root).Installs[^1].InstallData.Version;
        Node busy = driver.Lookup(root.Id, "busy").Node!;
        rig.Origin["busy"] = new byte[10];
        await told.News.Writer.WriteAsync(new OriginChange(OriginPath.Of("busy")));
        Invalidate taken = driver.Next(envelope => envelope.Invalidate is not null).Invalidate;
        Assert.Equal([busy.Id], taken.Nodes);

        ulong asked = driver.Data(root).Installs[^1].InstallData.Version; // tells no attributes of the file
        Assert.NotEqual(before, asked);
        Assert.Equal(10ul, driver.Lookup(root.Id, "busy").Node!.Attributes.Size);
        int facts = rig.Origin.Facts;
        Assert.Equal(1ul, driver.Lookup(root.Id, "quiet").Node!.Attributes.Size);
        Assert.NotEqual(asked, driver.Data(root).Installs[^1].InstallData.Version); // and now tells the new ones
        Assert.Equal((facts, 1), (rig.Origin.Facts, rig.Origin.Listings));
    }
}
