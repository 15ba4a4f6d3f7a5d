using System.Text;
using Nnpfs.Origins;

namespace Nnpfs.TestKit.Origins;

/// <summary>The tree that every origin is tested with.</summary>
public static class ContractTree
{
    public const int LargeSize = 3_000_000, ManyFiles = 1_500;

    public static readonly OriginPath Small = OriginPath.Of("small.txt");
    public static readonly OriginPath Large = OriginPath.Of("dir/large.bin");
    public static readonly OriginPath Empty = OriginPath.Of("dir/empty");
    public static readonly OriginPath Folder = OriginPath.Of("dir");
    public static readonly OriginPath Many = OriginPath.Of("many");

    /// <summary>Every file, with its content. Directories follow from the paths.</summary>
    public static IEnumerable<(OriginPath Path, byte[] Content)> Files()
    {
        yield return (Small, Encoding.UTF8.GetBytes("some text\n"));
        yield return (Large, Pattern.Bytes(LargeSize));
        yield return (Empty, []);
        foreach (OriginPath odd in OddNames)
            yield return (odd, odd.Name.ToArray());
        for (int i = 0; i < ManyFiles; i++)
            yield return (OriginPath.Of($"many/file-{i:d5}"), [(byte)i]);
    }

    /// <summary>Names that a careless origin stumbles over; the directory "odd" holds them.</summary>
    public static IReadOnlyList<OriginPath> OddNames { get; } =
    [
        OriginPath.Of("odd/with space"),
        OriginPath.Of("odd/per%41cent"),
        OriginPath.Of("odd/que?stion#hash"),
        OriginPath.Of("odd/a&b<c>\"quote\"'"),
        OriginPath.Of("odd/colon:semi;comma,"),
        OriginPath.Of("odd/back\\slash"),
        OriginPath.Of("odd/plus+tilde~"),
        OriginPath.Of("odd/dots..."),
        OriginPath.Of("odd/ümläut-文字"),
        OriginPath.Of("odd").Join(Encoding.ASCII.GetBytes(new string('n', 200))),
    ];

    /// <summary>Names that are bytes and no text: for origins that carry those.</summary>
    public static IReadOnlyList<OriginPath> RawNames { get; } =
    [
        OriginPath.Of("odd").Join([0xFF, 0xFE, 0x80]),
        OriginPath.Of("odd").Join("new\nline\ttab\u0001"u8),
        OriginPath.Of("odd").Join(Enumerable.Repeat((byte)0xE9, 255).ToArray()),
    ];
}
