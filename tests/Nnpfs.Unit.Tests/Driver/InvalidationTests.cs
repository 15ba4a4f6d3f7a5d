using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>An invalidation whose connection ends before the kernel has given back what it named.</summary>
public sealed class InvalidationTests
{
    [Fact]
    [Claim("S15")]
    public async Task Back_again_the_driver_does_not_claim_an_epoch_that_the_kernel_has_not_reached()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong before = kernel.Daemon.Epoch++;
        await CutInNotificationAsync(kernel, ticket: 1);

        Assert.Equal(before, kernel.Daemon.Last(Envelope.BodyOneofCase.Hello).Hello.Epoch);
        kernel.Notifies.Set();
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Installer.Epoch == kernel.Daemon.Epoch, "the kernel has given all back");
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Counters.Connections == 3, "the driver is back");
        Assert.Equal(kernel.Daemon.Epoch, kernel.Daemon.Last(Envelope.BodyOneofCase.Hello).Hello.Epoch);
    }

    [Fact]
    [Claim("S15")]
    public async Task A_ticket_of_one_connection_is_not_given_back_on_another_which_has_its_own()
    {
        await using FakeKernel kernel = await StartAsync();
        await CutInNotificationAsync(kernel, ticket: 1);
        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = 2, Epoch = kernel.Daemon.Epoch } });
        kernel.Notifies.Set();
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) > 0, "the new ticket");

        Assert.Equal(2ul, kernel.Daemon.Last(Envelope.BodyOneofCase.InvalidateDone).InvalidateDone.Ticket);
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone));
    }

    [Theory]
    [Claim("S15")]
    [InlineData(Kind.Symlink, 0)]
    [InlineData(Kind.Directory, 0)]
    [InlineData(Kind.File, -1)]
    public async Task The_kernel_gives_up_the_target_of_a_symlink_and_a_listing_but_no_pages_of_a_file(Kind kind, int offset)
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(daemon => daemon.Add(daemon.Root, "n", kind, [1], target: "t"));
        ulong node = (await kernel.LookupAsync(1, "n")).Value.Node, id = kernel.Volume.Parts.Nodes.Get(node)!.Id.Value;

        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = 1, Epoch = ++kernel.Daemon.Epoch, Nodes = { id } } });
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) == 1, "the ticket");

        Assert.Contains($"node {node} {offset}", kernel.Notified);
    }

    /// <summary>The kernel takes in the answer to a lookup when it likes, and a name that had expired meanwhile is valid again by it.</summary>
    [Fact]
    [Claim("S15")]
    public async Task A_name_that_a_lookup_in_flight_revived_leads_to_ESTALE_upon_which_the_kernel_looks_it_up_again()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = (await kernel.LookupAsync(1, "f")).Value.Node, id = kernel.Daemon.Root.Children["f"].Id;
        kernel.Daemon.Root.Children.Remove("f");
        kernel.Daemon.Nodes.Remove(id);

        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = 1, Epoch = ++kernel.Daemon.Epoch, Nodes = { id, kernel.Daemon.Root.Id } } });
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) == 1, "the ticket");

        Assert.Equal(Errno.ESTALE, (await kernel.OpenAsync(node)).Errno);
        Assert.Equal(Errno.ESTALE, (await kernel.GetAttrAsync(node)).Errno);
    }

    private static async Task<FakeKernel> StartAsync()
    {
        FakeKernel kernel = await FakeKernel.StartAsync(daemon => daemon.Add(daemon.Root, "f", Kind.File, [1]));
        Assert.True((await kernel.LookupAsync(1, "f")).IsOk);
        return kernel;
    }

    private static async Task CutInNotificationAsync(FakeKernel kernel, ulong ticket)
    {
        kernel.Notifies.Reset();
        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = ticket, Epoch = kernel.Daemon.Epoch, Volume = true } });
        await FakeKernel.Eventually(() => kernel.Notified.Length > 0, "the kernel is told");
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Counters.Connections == 2, "the driver is back");
    }
}
