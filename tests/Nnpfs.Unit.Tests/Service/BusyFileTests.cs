using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>One file that changes does not cost its directory's listing.</summary>
public sealed class BusyFileTests
{
    [Fact]
    public async Task A_directory_whose_entry_changed_is_made_anew_without_asking_for_its_listing()
    {
        await using var rig = new ServiceRig(origin => (origin["busy"], origin["quiet"]) = ([1], [2]));
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        driver.Data(root);
        root = driver.Root();
        Node busy = driver.Lookup(root.Id, "busy").Node!;
        for (int change = 0; change < 3; change++)
        {
            rig.Origin["busy"] = new byte[10 + change];
            Assert.Equal(Errno.ESTALE, driver.Data(busy).Errno);
            busy = driver.Lookup(root.Id, "busy").Node!;
            Assert.Equal(10ul + (ulong)change, busy.Attributes.Size);
        }
        List<Envelope> installs = driver.Data(root).Installs;

        Assert.Equal(1, rig.Origin.Listings);
        Node renewed = installs.Single(install => install.InstallAttr is not null).InstallAttr.Node;
        Assert.True(renewed.Version > root.Version);
        Assert.True(renewed.ValidMs > 0);
        Assert.Equal(renewed.Version, installs[^1].InstallData.Version);
        Assert.All(driver.Invalidations.Skip(1), taken => Assert.Contains(busy.Id, taken.Nodes));
    }

    [Fact]
    public async Task A_fact_learnt_for_the_first_time_takes_nothing_back()
    {
        await using var rig = new ServiceRig(origin => (origin["a"], origin["b"]) = ([1], [2]));
        rig.Origin.ListsFacts = false;
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root();
        driver.Data(root);
        driver.Invalidations.Clear();
        driver.Lookup(root.Id, "a");
        driver.Lookup(root.Id, "b");
        driver.Data(root);

        Assert.Empty(driver.Invalidations);
        Assert.Equal(1, rig.Origin.Listings);
    }
}
