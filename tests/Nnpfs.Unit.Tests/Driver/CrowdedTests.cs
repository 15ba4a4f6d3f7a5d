using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Node = Nnpfs.Driver.Nodes.Node;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>How many files are lent to the kernel at once.</summary>
public sealed class CrowdedTests : IDisposable
{
    private const int Size = Passthrough.Smallest;
    private static readonly Geometry Geometry = new(256 << 10);

    private readonly Scratch _scratch = new();
    private long _limit = long.MaxValue;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void No_more_files_are_lent_than_half_of_those_that_may_be_open_for_reads_and_one_that_is_closed_makes_room()
    {
        using BlockFiles files = Opened(capacity: 4);
        Passthrough passthrough = Lending(files);
        (Node Node, Content Content)[] all = [.. Enumerable.Range(1, 3).Select(Whole)];

        Assert.Equal(ReadMode.Passthrough, passthrough.Open(all[0].Node, all[0].Content, out _));
        Assert.Equal("", passthrough.Crowded(Size));
        Assert.Equal(ReadMode.Passthrough, passthrough.Open(all[1].Node, all[1].Content, out _));
        Assert.StartsWith("as many files are lent already as may be: 2,", passthrough.Crowded(Size), StringComparison.Ordinal);
        Assert.Equal(ReadMode.Cached, passthrough.Open(all[2].Node, all[2].Content, out _));
        passthrough.Close(all[2].Node, ReadMode.Cached);
        Assert.Equal(ReadMode.Passthrough, passthrough.Open(all[0].Node, all[0].Content, out _)); // no file more
        passthrough.Close(all[1].Node, ReadMode.Passthrough);

        Assert.Equal(ReadMode.Passthrough, passthrough.Open(all[2].Node, all[2].Content, out _));
    }

    [Fact]
    public void No_more_bytes_are_lent_than_half_of_what_the_cache_may_have()
    {
        using BlockFiles files = Opened(capacity: 100);
        Passthrough passthrough = Lending(files);
        (Node Node, Content Content)[] all = [.. Enumerable.Range(1, 2).Select(Whole)];
        _limit = (4 * Size) - 1;

        Assert.Equal(ReadMode.Passthrough, passthrough.Open(all[0].Node, all[0].Content, out _));
        Assert.Equal("as much is lent already as may be: half of what the cache may have", passthrough.Crowded(Size));
        Assert.Equal(ReadMode.Cached, passthrough.Open(all[1].Node, all[1].Content, out _));
    }

    private BlockFiles Opened(int capacity) => new(capacity) { Directory = Files.Open(_scratch.Root, OpenModes.Path).Value };

    private Passthrough Lending(BlockFiles files)
    {
        var passthrough = new Passthrough(files, new Counters(), new LentRoom(() => _limit, files.MostLent), NullLogger.Instance);
        passthrough.Attach(new BackingOffer(new Device(), ""));
        return passthrough;
    }

    /// <summary>A file of one block that is whole, and on the disk.</summary>
    private (Node Node, Content Content) Whole(int number)
    {
        var name = new BlockName(new NodeId((ulong)number), 1, 0, 1);
        string file = _scratch.Path(name.ToString());
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, new byte[Size]);
        var content = new Content(name.Node, name.Version, Size, Geometry);
        content.Install(0, name.Generation, Geometry.FullMap(0, Size), inRun: false);
        return (new Node(name.Node, Kind.File) { Key = (ulong)number }, content);
    }

    /// <summary>A kernel that takes every file.</summary>
    private sealed class Device : IBackingDevice
    {
        private int _last;

        public Result<int> OpenBacking(SafeFd file) => ++_last;

        public Errno CloseBacking(int id) => 0;
    }
}
