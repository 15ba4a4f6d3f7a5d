using FsCheck;
using FsCheck.Fluent;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Property.Tests.Proto;

public sealed class DirectoryFileProperties
{
    private static readonly byte[] Alphabet = [.. "abcXYZ019.-_ \n"u8, 0xff, 0x80, 0xc3];

    [Fact]
    public void Every_entry_is_found_and_listed_as_it_was_written() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            DirectoryEntry[] entries = Entries(seed);
            DirectoryFileReader<Bytes> reader = DirectoryFileReader<Bytes>.Open(new Bytes(DirectoryFileWriter.Write(entries))).Value;
            Assert.Equal(entries.Length, reader.Count);
            byte[] buffer = new byte[DirectoryFileReader.MaxEntry];
            foreach (DirectoryEntry entry in entries)
            {
                Assert.Equal((Errno)0, reader.Find(entry.Name.Span, buffer, out DirectoryEntryView found));
                AssertSame(entry, found);
            }
            Assert.Equal(entries.OrderBy(e => Convert.ToHexString(e.Name.Span), StringComparer.Ordinal).Select(e => e.Node), List(reader));
            Assert.Equal(Errno.ENOENT, reader.Find("no such name"u8, buffer, out _));
        }).Check(Fuzz.Runs());

    [Fact]
    public void A_damaged_file_is_an_error_or_an_answer_but_never_an_exception_or_an_endless_listing() =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new Random(seed);
            DirectoryEntry[] entries = Entries(seed);
            byte[] file = DirectoryFileWriter.Write(entries);
            for (int i = random.Next(1, 12); i > 0; i--)
                file[random.Next(random.Next(2) == 0 ? Math.Min(file.Length, 64) : file.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                file = file[..random.Next(file.Length)];
            Result<DirectoryFileReader<Bytes>> opened = DirectoryFileReader<Bytes>.Open(new Bytes(file));
            if (!opened.IsOk)
                return;
            byte[] buffer = new byte[DirectoryFileReader.MaxEntry];
            foreach (DirectoryEntry entry in entries)
                _ = opened.Value.Find(entry.Name.Span, buffer, out _);
            Assert.True(List(opened.Value).Count <= file.Length / 8);
            _ = opened.Value.Next((ulong)random.NextInt64(), buffer, out _, out _);
            _ = opened.Value.Next(ulong.MaxValue, buffer, out _, out _);
        }).Check(Fuzz.Runs());

    [Fact]
    public void The_same_entries_in_another_order_make_the_same_file()
    {
        DirectoryEntry[] entries = Entries(7);
        Assert.Equal(DirectoryFileWriter.Write(entries), DirectoryFileWriter.Write(entries.Reverse()));
    }

    [Fact]
    public void A_file_of_another_version_of_the_format_is_refused()
    {
        byte[] file = DirectoryFileWriter.Write(Entries(1));
        file[7]++;
        Assert.Equal(Errno.EUCLEAN, DirectoryFileReader<Bytes>.Open(new Bytes(file)).Errno);
    }

    [Fact]
    public void A_name_that_is_there_twice_is_refused()
    {
        DirectoryEntry one = Entries(3)[0];
        Assert.Throws<ArgumentException>(() => DirectoryFileWriter.Write([one, one]));
    }

    [Fact]
    public void A_lookup_allocates_nothing_and_reads_a_little()
    {
        var source = new Bytes(DirectoryFileWriter.Write(Enumerable.Range(0, 10_000).Select(i => Plain($"file-{i}", i + 1))));
        byte[] name = "file-7777"u8.ToArray(), buffer = new byte[DirectoryFileReader.MaxEntry];
        _ = DirectoryFileReader<Bytes>.Open(source).Value.Find(name, buffer, out _);
        source.Reads = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Errno found = DirectoryFileReader<Bytes>.Open(source).Value.Find(name, buffer, out DirectoryEntryView entry);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((Errno)0, found);
        Assert.Equal(new NodeId(7778), entry.Node);
        Assert.Equal(0, allocated);
        Assert.True(source.Reads <= 4, $"{source.Reads} reads");
    }

    private static DirectoryEntry Plain(string name, int node) =>
        new(System.Text.Encoding.UTF8.GetBytes(name), new NodeId((ulong)node), Kind.File, null, 0, default);

    private static DirectoryEntry[] Entries(int seed)
    {
        var random = new Random(seed);
        var names = new Dictionary<string, DirectoryEntry>();
        int count = random.Next(1, 200);
        for (int i = 0; i < count; i++)
        {
            byte[] name = new byte[random.Next(10) == 0 ? 255 : random.Next(1, 12)];
            for (int b = 0; b < name.Length; b++)
                name[b] = Alphabet[random.Next(Alphabet.Length)];
            if (NodeName.IsValid(name))
                names[Convert.ToHexString(name)] = Entry(random, name);
        }
        return names.Count == 0 ? [Plain("a", 1)] : [.. names.Values];
    }

    private static DirectoryEntry Entry(Random random, byte[] name)
    {
        var kind = (Kind)random.Next(1, 8);
        var node = new NodeId((ulong)random.NextInt64(1, long.MaxValue));
        if (random.Next(3) == 0)
            return new DirectoryEntry(name, node, kind, null, 0, default);
        byte[] target = kind == Kind.Symlink ? [.. Enumerable.Repeat((byte)'t', random.Next(1, 4096))] : [];
        var attributes = new NodeAttributes(
            random.NextInt64(), random.NextInt64() - (long.MaxValue / 2), random.NextInt64(), (uint)random.Next(), (uint)random.Next(),
            (uint)random.Next(), (uint)random.Next(), (ushort)random.Next(0x1000), kind);
        return new DirectoryEntry(name, node, kind, attributes, (ulong)random.NextInt64(), target) { IsVouched = random.Next(2) == 0 };
    }

    private static void AssertSame(DirectoryEntry expected, DirectoryEntryView actual)
    {
        Assert.True(expected.Name.Span.SequenceEqual(actual.Name));
        Assert.Equal(expected.Node, actual.Node);
        Assert.Equal(expected.Kind, actual.Kind);
        Assert.Equal(expected.Attributes is not null, actual.IsTold);
        Assert.Equal(expected.Attributes is not null && expected.IsVouched, actual.IsExact);
        if (expected.Attributes is null)
            return;
        Assert.Equal(expected.Attributes.Value, actual.Attributes);
        Assert.Equal(expected.Version, actual.Version);
        Assert.True(expected.Target.Span.SequenceEqual(actual.Target));
    }

    private static List<NodeId> List(DirectoryFileReader<Bytes> reader)
    {
        var nodes = new List<NodeId>();
        byte[] buffer = new byte[DirectoryFileReader.MaxEntry];
        for (ulong cookie = 0; reader.Next(cookie, buffer, out DirectoryEntryView entry, out ulong next) == 0; cookie = next)
            nodes.Add(entry.Node);
        return nodes;
    }

    private sealed class Bytes(byte[] bytes) : IRandomAccess
    {
        public int Reads { get; set; }

        public long Length => bytes.Length;

        public Result<int> ReadAt(Span<byte> buffer, long offset)
        {
            Reads++;
            if (offset < 0 || offset > bytes.Length)
                throw new InvalidOperationException($"a read at {offset}");
            int count = (int)Math.Min(buffer.Length, bytes.Length - offset);
            bytes.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }
    }
}
