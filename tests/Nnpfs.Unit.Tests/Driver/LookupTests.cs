using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

public sealed class LookupTests
{
    [Fact]
    public async Task A_first_lookup_in_a_directory_that_is_not_listed_asks_for_that_name_alone()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        EntryOut entry = (await kernel.LookupAsync(1, "a")).Value;
        Assert.Equal(5ul, entry.Attr.Size);
        Assert.Equal(kernel.Daemon.Root.Children["a"].Id, entry.Attr.Inode);
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetNode));
        Assert.Equal(0, kernel.Daemon.Count(Envelope.BodyOneofCase.GetData));
    }

    [Fact]
    [Claim("S4")]
    public async Task In_a_listed_directory_lookups_stats_and_absent_names_send_no_message()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        await kernel.ListAsync(1);
        int messages = kernel.Daemon.Messages;
        EntryOut entry = (await kernel.LookupAsync(1, "a")).Value;
        Assert.Equal(5ul, (await kernel.GetAttrAsync(entry.Node)).Value.Attr.Size);
        Assert.Equal(0ul, (await kernel.LookupAsync(1, "absent")).Value.Node);
        Assert.True(entry.EntryValid > 500);
        Assert.Equal(messages, kernel.Daemon.Messages);
    }

    [Fact]
    [Claim("S15")]
    public async Task The_listing_of_the_directory_above_does_not_vouch_for_what_is_in_a_directory()
    {
        FakeNode? deep = null;
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            deep = d.Add(d.Root, "deep", Kind.Directory);
            d.Add(deep, "old", Kind.File);
        });
        await kernel.ListAsync(1);
        ulong directory = (await kernel.LookupAsync(1, "deep")).Value.Node;
        await kernel.ListAsync(directory);
        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = 1, Volume = true, Epoch = 8 } });
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) == 1, "the invalidation is done");
        deep!.Children.Clear(); // its facts, and so the listing above, are what they were
        deep.Version++;

        await kernel.ListAsync(1, plus: true);
        Assert.Equal(0ul, (await kernel.LookupAsync(directory, "old")).Value.Node);
        Assert.Equal([".", ".."], (await kernel.ListAsync(directory)).Select(entry => entry.Name));
    }

    [Fact]
    public async Task A_listing_shows_each_name_once_whatever_the_size_of_the_reads()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            for (int i = 0; i < 500; i++)
                d.Add(d.Root, $"file-{i:d4}", Kind.File);
        });
        foreach (bool plus in new[] { false, true })
        {
            List<(string Name, ulong Inode, ulong Node)> entries = await kernel.ListAsync(1, plus, plus ? 1000 : 300);
            Assert.Equal([".", "..", .. kernel.Daemon.Root.Children.Keys.Order(StringComparer.Ordinal)], entries.Select(e => e.Name));
            Assert.All(entries.Skip(2), e => Assert.Equal(kernel.Daemon.Root.Children[e.Name].Id, e.Inode));
            Assert.All(entries.Skip(2), e => Assert.Equal(plus, e.Node != 0));
        }
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetData));
    }

    [Fact]
    public async Task An_entry_without_exact_attributes_is_no_lookup_and_is_asked_for()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            Tree(d);
            d.Root.Children["a"].IsExact = false;
        });
        Assert.Equal(0ul, (await kernel.ListAsync(1, plus: true)).Single(e => e.Name == "a").Node);
        Assert.Equal(5ul, (await kernel.LookupAsync(1, "a")).Value.Attr.Size);
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetNode));
    }

    [Fact]
    [Claim("S4")]
    public async Task An_entry_that_is_told_and_not_vouched_for_is_asked_for_while_arlad_is_there_and_taken_when_it_is_not()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            Tree(d);
            (d.Root.Children["a"].IsVouched, d.Root.Children["b"].IsVouched) = (false, false);
        });
        Assert.Equal(0ul, (await kernel.ListAsync(1, plus: true)).Single(e => e.Name == "a").Node);
        Assert.Equal(5ul, (await kernel.LookupAsync(1, "a")).Value.Attr.Size);
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetNode));

        kernel.Daemon.IsUp = false;
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => !kernel.Volume.Parts.Channel.IsConnected, "the driver notices");
        Assert.Equal(6ul, (await kernel.LookupAsync(1, "b")).Value.Attr.Size);
    }

    [Fact]
    [Claim("S15")]
    public async Task An_invalidated_child_is_not_taken_from_the_old_listing()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        await kernel.ListAsync(1);
        ulong known = (await kernel.LookupAsync(1, "a")).Value.Node;
        FakeNode a = kernel.Daemon.Root.Children["a"], b = kernel.Daemon.Root.Children["b"];
        (a.Content, a.Version) = (new byte[70], 2);
        (b.Content, b.Version) = (new byte[80], 2); // the kernel does not know this one

        await ReadingTests.InvalidateAsync(kernel, a.Id, b.Id);

        Assert.Equal([$"entry 1 a", $"node {known} -1"], kernel.Notified);
        Assert.Equal(70ul, (await kernel.LookupAsync(1, "a")).Value.Attr.Size);
        Assert.Equal(80ul, (await kernel.LookupAsync(1, "b")).Value.Attr.Size);
    }

    [Fact]
    public async Task A_changed_directory_takes_back_its_names_and_the_absent_ones()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        await kernel.ListAsync(1);
        await kernel.LookupAsync(1, "a");
        await kernel.LookupAsync(1, "new");
        kernel.Daemon.Add(kernel.Daemon.Root, "new", Kind.File, new byte[3]);
        kernel.Daemon.Root.Version++;

        await ReadingTests.InvalidateAsync(kernel, kernel.Daemon.Root.Id);

        Assert.Equal(["entry 1 a", "entry 1 new", "node 1 0"], kernel.Notified.Order());
        Assert.Equal(3ul, (await kernel.LookupAsync(1, "new")).Value.Attr.Size);
        Assert.Contains(await kernel.ListAsync(1), e => e.Name == "new");
    }

    [Fact]
    public async Task A_subtree_takes_all_that_is_known_beneath_it_and_nothing_else()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        ulong d = (await kernel.LookupAsync(1, "d")).Value.Node;
        ulong deep = (await kernel.LookupAsync(d, "deep")).Value.Node;
        ulong a = (await kernel.LookupAsync(1, "a")).Value.Node;
        kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = 5, Epoch = 9, Subtrees = { kernel.Daemon.Root.Children["d"].Id } } });
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) == 1, "the ticket comes back");

        int asked = kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr);
        await kernel.GetAttrAsync(a);
        Assert.Equal(asked, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr));
        await kernel.GetAttrAsync(deep);
        Assert.Equal(asked + 1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr));
        Assert.Contains($"node {deep} -1", kernel.Notified);
    }

    [Fact]
    public async Task An_answer_that_an_invalidation_overtook_gives_no_token_and_is_asked_for_again()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        ulong a = (await kernel.LookupAsync(1, "a")).Value.Node;
        FakeNode node = kernel.Daemon.Root.Children["a"];
        await ReadingTests.InvalidateAsync(kernel, node.Id);
        bool first = true;
        kernel.Daemon.Intercept = call =>
        {
            if (call.BodyCase != Envelope.BodyOneofCase.GetAttr || !first)
                return false;
            first = false;
            Proto.Channel.Node old = kernel.Daemon.ToMessage(node);
            node.Permissions = 0x100;
            kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = 1, Epoch = 20, Nodes = { node.Id } } });
            kernel.Daemon.Send(new Envelope { Sequence = call.Sequence, InstallAttr = new InstallAttr { Node = old } });
            kernel.Daemon.Wake(call.Sequence);
            return true;
        };
        Assert.Equal(0x8100u, (await kernel.GetAttrAsync(a)).Value.Attr.Mode);
        Assert.Equal(2, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr));
        Assert.Equal(0x8100u, (await kernel.GetAttrAsync(a)).Value.Attr.Mode);
    }

    [Fact]
    public async Task A_damaged_listing_is_not_used_and_a_lookup_asks_instead()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        await kernel.ListAsync(1);
        foreach (string file in Directory.GetFiles(kernel.Daemon.CacheDirectory, "1-*", SearchOption.AllDirectories))
            File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
        Assert.Equal(5ul, (await kernel.LookupAsync(1, "a")).Value.Attr.Size);
        Assert.Equal(1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetNode));
    }

    [Fact]
    public async Task A_forgotten_node_rests_and_an_outdated_one_goes_and_arlad_is_told()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        ulong a = (await kernel.LookupAsync(1, "a")).Value.Node;
        await kernel.LookupAsync(1, "a");
        kernel.Handlers.Forget.Forget(a, 1);
        Assert.True((await kernel.GetAttrAsync(a)).IsOk);
        kernel.Handlers.Forget.Forget(a, ulong.MaxValue);
        kernel.Handlers.Forget.Forget(1, ulong.MaxValue); // the root stays
        Assert.True((await kernel.GetAttrAsync(1)).IsOk);
        Assert.Equal(a, (await kernel.LookupAsync(1, "a")).Value.Node);
        kernel.Daemon.Root.Children["a"].Version++;
        kernel.Daemon.Send(new Envelope { InstallAttr = new InstallAttr { Node = kernel.Daemon.ToMessage(kernel.Daemon.Root.Children["a"]) } });
        await FakeKernel.Eventually(() => kernel.GetAttrAsync(a).Result.Errno == Errno.ESTALE, "it is outdated");
        kernel.Handlers.Forget.Forget(a, ulong.MaxValue);
        kernel.Volume.Parts.Reporter.ReportGone();
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.Inactive) == 1, "arlad is told");
        Assert.Equal([kernel.Daemon.Root.Children["a"].Id], kernel.Daemon.Last(Envelope.BodyOneofCase.Inactive).Inactive.Nodes);
    }

    [Theory]
    [InlineData("", "ENOENT")]
    [InlineData("..", "ENOENT")]
    [InlineData("a/b", "ENOENT")]
    public async Task Names_that_no_entry_has_are_answered_without_a_message(string name, string errno)
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        int messages = kernel.Daemon.Messages;
        Assert.Equal(Enum.Parse<Errno>(errno), (await kernel.LookupAsync(1, name)).Errno);
        Assert.Equal(Errno.ENAMETOOLONG, (await kernel.LookupAsync(1, new string('x', 256))).Errno);
        Assert.Equal(messages, kernel.Daemon.Messages);
    }

    [Fact]
    public async Task A_symlink_shows_its_target_from_the_listing()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d => d.Add(d.Root, "l", Kind.Symlink, target: "to/here"));
        await kernel.ListAsync(1);
        ulong link = (await kernel.LookupAsync(1, "l")).Value.Node;
        var request = kernel.NewRequest();
        Result<Bytes> read = await kernel.Handlers.ReadLink.HandleAsync(new ReadLinkRequest(link), request);
        Assert.Equal("to/here"u8.ToArray(), request.Output(read.Value.Length)[16..].ToArray());
    }

    [Fact]
    public async Task The_attributes_for_people_are_there()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(Tree);
        ulong a = (await kernel.LookupAsync(1, "a")).Value.Node;
        Assert.Equal("memory:/", await kernel.XattrAsync(a, "user.nnpfs.origin"));
        Assert.Equal("1", await kernel.XattrAsync(a, "user.nnpfs.version"));
        Assert.Equal("0 0%", await kernel.XattrAsync(a, "user.nnpfs.cached"));
        Assert.Equal("262144", await kernel.XattrAsync(a, "user.nnpfs.block-size"));
        Assert.Null(await kernel.XattrAsync(a, "user.nnpfs.stats"));
        Assert.Contains("\"GetNode\":1", await kernel.XattrAsync(1, "user.nnpfs.stats"), StringComparison.Ordinal);
        System.Text.Json.JsonDocument.Parse((await kernel.XattrAsync(1, "user.nnpfs.stats"))!).Dispose();
    }

    private static void Tree(FakeDaemon daemon)
    {
        daemon.Add(daemon.Root, "a", Kind.File, new byte[5]);
        daemon.Add(daemon.Root, "b", Kind.File, new byte[6]);
        daemon.Add(daemon.Add(daemon.Root, "d", Kind.Directory), "deep", Kind.File, new byte[7]);
    }
}
