using Mono.Unix.Native;
using Nnpfs.Driver.Boosting;
using Nnpfs.Driver.Data;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>The driver's side of the booster: what is handed out, to whom, and what a program may do to it.</summary>
public sealed class BoosterTests
{
    private static readonly byte[] Small = ReadingTests.Pattern(200_000), Large = ReadingTests.Pattern((2 * FakeDaemon.BlockSize) + 5);

    [Fact]
    [Claim("S40")]
    public async Task A_program_gets_a_whole_version_open_for_reading_alone_and_each_time_an_opening_of_its_own()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = await ReadAsync(kernel, "small");
        using var program = new FakeBooster(kernel, 7);
        (BoostOutcome outcome, SafeFd? one) = await program.AskAsync(node);
        (_, SafeFd? other) = await program.AskAsync(node);
        using (one)
        using (other)
        {
            Assert.Equal(BoostOutcome.Sent, outcome);
            foreach (SafeFd file in (SafeFd[])[one!, other!])
            {
                byte[] bytes = new byte[Small.Length + 1];
                Assert.Equal(Small.Length, Files.ReadAt(file, bytes, 0).Value);
                Assert.Equal(Small, bytes[..^1]);
                Assert.Equal(Errno.EBADF, Files.WriteAt(file, [1], 0));
                Assert.Equal(0, Syscall.lseek(file.Number, 0, SeekFlags.SEEK_CUR));
                Syscall.lseek(file.Number, 100, SeekFlags.SEEK_SET);
            }
        }
        Booster known = Assert.Single(kernel.Volume.Parts.Boost.Boosters.All);
        Assert.Equal((2, 2L * Small.Length, (uint)Environment.ProcessId), (known.Files, known.Bytes, (uint)known.Peer.ProcessId));
        Assert.Contains("\"boosted_opens\":2", await kernel.XattrAsync(1, "user.nnpfs.stats"), StringComparison.Ordinal);
        Assert.Contains($"\"pid\":{Environment.ProcessId},", await kernel.XattrAsync(1, "user.nnpfs.boosters"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_handed_out_is_refused_with_the_reason_and_counted()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong large = await ReadAsync(kernel, "large"), unread = (await kernel.LookupAsync(1, "unread")).Value.Node;
        using var program = new FakeBooster(kernel, 7);

        Assert.Equal((BoostOutcome.ManyFiles, null), await program.AskAsync(large));
        Assert.Equal((BoostOutcome.NotWhole, null), await program.AskAsync(unread));
        Assert.Equal(BoostOutcome.Stranger, (await FakeBooster.AskAsync(kernel, large, FakeBooster.Attribute(8, 1))).Value.Outcome);
        Assert.Contains("\"boost_refusals\":{\"NotWhole\":1,\"ManyFiles\":1,", await kernel.XattrAsync(1, "user.nnpfs.stats"), StringComparison.Ordinal);
    }

    [Fact]
    [Claim("S40")]
    public async Task Of_a_file_that_is_not_whole_a_program_gets_what_is_there_and_a_map_that_follows_each_change()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = (await kernel.LookupAsync(1, "small")).Value.Node, opened = (await kernel.OpenAsync(node)).Value;
        using var program = new FakeBooster(kernel, 7);
        Assert.Equal(BoostOutcome.NotWhole, (await program.AskForPartsAsync(node)).Outcome); // nothing of it is here
        Geometry geometry = kernel.Volume.Parts.Installer.Geometry;
        await kernel.ReadAsync(node, opened, geometry.PageSize, 10);

        (BoostOutcome outcome, SafeFd? file, SafeFd? map) = await program.AskForPartsAsync(node);
        using (file)
        using (map)
        {
            Assert.Equal(BoostOutcome.Part, outcome);
            Assert.Equal([(ulong)geometry.PageSize, ulong.MaxValue, 2], Words(map!));
            byte[] page = new byte[geometry.PageSize];
            Assert.Equal(page.Length, Files.ReadAt(file!, page, page.Length).Value);
            Assert.Equal(Small[page.Length..(2 * page.Length)], page);
            Assert.Equal(Errno.EBADF, Files.WriteAt(file!, [1], 0));
            Assert.Equal(Errno.EBADF, Files.WriteAt(map!, [1], 0));
            Assert.Equal(Errno.EPERM, Writable(map!, [1]));

            await kernel.ReadAsync(node, opened, 0, 10);
            Assert.Equal(3UL, Words(map!)[2]);
            Content content = kernel.Volume.Parts.Nodes.Get(node)!.Content!;
            content.Drop(0, content.Get(0)!);
            Assert.Equal(0UL, Words(map!)[2]);
        }
        Loans loans = kernel.Volume.Parts.Boost.Loans;
        loans.Sweep();
        Assert.Equal((0, null), (loans.Count, kernel.Volume.Parts.Nodes.Get(node)!.Content!.Shared));
        Assert.Contains("\"boosted_parts\":1", await kernel.XattrAsync(1, "user.nnpfs.stats"), StringComparison.Ordinal);
    }

    [Fact]
    [Claim("S15")]
    [Claim("S40")]
    public async Task A_question_that_stands_for_an_open_is_answered_of_the_current_version_or_not_at_all()
    {
        FakeNode small = null!;
        await using FakeKernel kernel = await FakeKernel.StartAsync(daemon => small = daemon.Add(daemon.Root, "small", Kind.File, Small));
        ulong node = await ReadAsync(kernel, "small");
        using var program = new FakeBooster(kernel, 7);
        int asked = kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr);
        await SentAsync();
        Assert.Equal(asked, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr)); // there is a token
        await InvalidateAsync(ticket: 1);
        await SentAsync();
        Assert.Equal(asked + 1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr));
        small.Version++;
        await InvalidateAsync(ticket: 2);
        Assert.Equal(Errno.ESTALE, (await FakeBooster.AskAsync(kernel, node, FakeBooster.Attribute(7, 99) + "!")).Errno);
        program.AssertNothingCame();

        async Task SentAsync()
        {
            (BoostOutcome outcome, SafeFd? file) = await program.AskAsync(node, "!");
            file?.Dispose();
            Assert.Equal(BoostOutcome.Sent, outcome);
        }

        Task InvalidateAsync(ulong ticket)
        {
            kernel.Daemon.Send(new Envelope { Invalidate = new Invalidate { Ticket = ticket, Epoch = ++kernel.Daemon.Epoch, Nodes = { small.Id } } });
            return FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.InvalidateDone) == (int)ticket, "the ticket");
        }
    }

    [Theory]
    [InlineData("user.nnpfs.booster.2.00000000000000000000000000000007.0000000000000001")]
    [InlineData("user.nnpfs.booster.1.00000000000000000000000000000007.000000000000001")]
    [InlineData("user.nnpfs.booster.1.00000000000000000000000000000007:0000000000000001")]
    [InlineData("user.nnpfs.booster.1.0000000000000000000000000000000g.0000000000000001")]
    [InlineData("user.nnpfs.booster.1. 000000000000000000000000000007.0000000000000001")]
    [InlineData("user.nnpfs.booster.1.00000000000000000000000000000007.0000000000000001-")]
    [InlineData("user.nnpfs.booster.1.00000000000000000000000000000007.0000000000000001++")]
    [InlineData("user.nnpfs.booster.")]
    public async Task What_is_no_question_of_this_version_is_no_attribute(string attribute)
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = await ReadAsync(kernel, "small");
        using var program = new FakeBooster(kernel, 7);
        Assert.Equal(Errno.ENODATA, (await FakeBooster.AskAsync(kernel, node, attribute)).Errno);
        program.AssertNothingCame();
    }

    [Fact]
    public async Task A_question_for_the_size_of_the_answer_or_without_room_for_it_sends_nothing()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = await ReadAsync(kernel, "small");
        using var program = new FakeBooster(kernel, 7);
        Assert.True((await FakeBooster.AskAsync(kernel, node, FakeBooster.Attribute(7, 1), size: 0)).IsOk);
        Assert.Equal(Errno.ERANGE, (await FakeBooster.AskAsync(kernel, node, FakeBooster.Attribute(7, 1), size: 23)).Errno);
        Assert.Equal(Errno.ENODATA, (await FakeBooster.AskAsync(kernel, 1, FakeBooster.Attribute(7, 1))).Errno); // of a directory
        program.AssertNothingCame();
    }

    [Fact]
    [Claim("S26")]
    public async Task Whatever_programs_send_they_are_let_go_and_others_are_served()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = await ReadAsync(kernel, "small");
        Boosters boosters = kernel.Volume.Parts.Boost.Boosters;
        using var honest = new FakeBooster(kernel, 7);
        (await honest.AskAsync(node)).File!.Dispose();
        var hostile = new List<SeqpacketSocket>();
        using SafeFd handed = Disk.MemoryFile("handed").Value;
        for (int i = 0; i < 40; i++) // more than may be silent at once
            hostile.Add(FakeBooster.Connect(boosters));
        foreach (byte[] hello in (byte[][])[[1], new byte[24], FakeBooster.Hello(9, version: 2), FakeBooster.Hello(7), new byte[25], new byte[60_000]])
        {
            hostile.Add(FakeBooster.Connect(boosters));
            hostile[^1].Send(hello, handed);
        }
        using var talker = new FakeBooster(kernel, 11);
        (await talker.AskAsync(node)).File!.Dispose();
        talker.Socket.Send([1, 2, 3], handed);

        boosters.Sweep();
        Assert.Equal([honest.Secret], [.. new UInt128[] { 7, 9, 11 }.Where(secret => boosters.Find(secret) is not null)]);
        (BoostOutcome outcome, SafeFd? file) = await honest.AskAsync(node);
        file!.Dispose();
        Assert.Equal(BoostOutcome.Sent, outcome);
        Assert.Equal(BoostOutcome.Stranger, (await FakeBooster.AskAsync(kernel, node, FakeBooster.Attribute(11, 9))).Value.Outcome);
        hostile.ForEach(socket => socket.Dispose());
    }

    [Fact]
    [Claim("S26")]
    public async Task A_program_that_takes_nothing_is_sent_no_more_than_its_socket_holds()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong node = await ReadAsync(kernel, "small");
        using var program = new FakeBooster(kernel, 7);
        BoostOutcome outcome = BoostOutcome.Sent;
        int sent = 0;
        for (; outcome == BoostOutcome.Sent && sent < 10_000; sent++)
            outcome = (await FakeBooster.AskAsync(kernel, node, FakeBooster.Attribute(7, (ulong)sent))).Value.Outcome;
        Assert.Equal(BoostOutcome.Slow, outcome);
        Assert.InRange(sent, 2, 2000);
    }

    [Fact]
    public void One_user_has_no_more_than_half_of_the_places_and_who_is_gone_makes_room()
    {
        using var boosters = new Boosters(4);
        SeqpacketSocket[] programs = [.. Enumerable.Range(1, 3).Select(i =>
        {
            SeqpacketSocket socket = FakeBooster.Connect(boosters);
            socket.Send(FakeBooster.Hello((UInt128)i));
            return socket;
        })];
        Assert.Equal([true, true, false], programs.Select((_, i) => boosters.Find((UInt128)(i + 1)) is not null));
        programs[0].Dispose();
        using SeqpacketSocket late = FakeBooster.Connect(boosters);
        late.Send(FakeBooster.Hello(4));
        Assert.NotNull(boosters.Find(4));
        Assert.Null(boosters.Find(1));
        foreach (SeqpacketSocket program in programs)
            program.Dispose();
        boosters.Sweep();
        Assert.NotNull(Assert.Single(boosters.All));
    }

    [Fact]
    public async Task A_file_counts_as_in_use_until_its_last_descriptor_is_closed_and_no_more_than_half_of_the_cache_is_lent()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong small = await ReadAsync(kernel, "small"), next = await ReadAsync(kernel, "next");
        kernel.Daemon.Send(new Envelope { InstallStatFs = new InstallStatFs { TotalBytes = 3 * (ulong)Small.Length } });
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Installer.StatFs is not null, "the limit");
        using var program = new FakeBooster(kernel, 7);
        (_, SafeFd? first) = await program.AskAsync(small);
        (_, SafeFd? again) = await program.AskAsync(small); // the same file: it counts once
        Assert.NotNull(again);
        Assert.Equal((BoostOutcome.NoRoom, null), await program.AskAsync(next));
        Loans loans = kernel.Volume.Parts.Boost.Loans;
        using (SafeFd file = Files.Open(BlockFileOf(kernel, small), OpenModes.ReadWrite).Value)
        {
            first!.Dispose();
            loans.Sweep();
            Assert.Equal(Errno.EWOULDBLOCK, Disk.TryTake(file));
            again.Dispose();
            Assert.Equal((Errno)0, Disk.TryTake(file));
        }
        loans.Sweep();
        Assert.Equal(0, loans.Count);
        (BoostOutcome outcome, SafeFd? other) = await program.AskAsync(next);
        other!.Dispose();
        Assert.Equal(BoostOutcome.Sent, outcome);
    }

    [Fact]
    public async Task A_file_that_is_gone_shorter_or_being_taken_is_not_handed_out()
    {
        await using FakeKernel kernel = await StartAsync();
        ulong small = await ReadAsync(kernel, "small"), next = await ReadAsync(kernel, "next");
        using var program = new FakeBooster(kernel, 7);
        string path = BlockFileOf(kernel, small);
        using (SafeFd file = Files.Open(path, OpenModes.ReadWrite).Value)
        {
            Assert.Equal((Errno)0, Disk.TryTake(file));
            Assert.Equal((BoostOutcome.NoFile, null), await program.AskAsync(small));
        }
        Files.SetLength(Files.Open(path, OpenModes.ReadWrite).Value, Small.Length - 1);
        Assert.Equal((BoostOutcome.NoFile, null), await program.AskAsync(small));
        File.Delete(BlockFileOf(kernel, next));
        Assert.Equal((BoostOutcome.NoFile, null), await program.AskAsync(next));
    }

    private static ulong[] Words(SafeFd map)
    {
        ulong[] words = new ulong[3];
        Assert.Equal(24, Files.ReadAt(map, System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan()), 0).Value);
        return words;
    }

    /// <returns>what a write by an opening of its own is answered: whose the memory is may open it so</returns>
    private static Errno Writable(SafeFd map, byte[] bytes)
    {
        using SafeFd file = Files.Reopen(map, OpenModes.ReadWrite).Value;
        return Files.WriteAt(file, bytes, 0);
    }

    private static Task<FakeKernel> StartAsync() => FakeKernel.StartAsync(daemon =>
    {
        daemon.Add(daemon.Root, "small", Kind.File, Small);
        daemon.Add(daemon.Root, "next", Kind.File, Small);
        daemon.Add(daemon.Root, "large", Kind.File, Large);
        daemon.Add(daemon.Root, "unread", Kind.File, Small);
    });

    /// <summary>Opens a file and reads all of it.</summary>
    private static async Task<ulong> ReadAsync(FakeKernel kernel, string name)
    {
        ulong node = (await kernel.LookupAsync(1, name)).Value.Node, file = (await kernel.OpenAsync(node)).Value;
        await kernel.ReadAsync(node, file, 0, Large.Length);
        return node;
    }

    private static string BlockFileOf(FakeKernel kernel, ulong node)
    {
        Content content = kernel.Volume.Parts.Nodes.Get(node)!.Content!;
        return Path.Combine(kernel.Daemon.CacheDirectory, content.Whole!.Name.ToString());
    }
}
