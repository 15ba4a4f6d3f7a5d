using System.Globalization;
using System.Text;

namespace Nnpfs.Bench;

/// <summary>The data that everything is measured on: one large file, 10,000 small ones in 100 directories, and a source tree.</summary>
internal sealed class Tree(string root)
{
    public const string Large = "large.bin";
    public const string Fresh = "fresh.bin";
    public const string Small = "small";
    public const string Source = "source";
    public const int Directories = 100;
    public const int FilesPerDirectory = 100;
    public const int SmallSize = 4096;
    private const int Seed = 20261121;

    /// <param name="largeSize">bytes of the large file, and of each fresh one</param>
    /// <param name="fresh">files that each are read for the first time once</param>
    public void Make(long largeSize, int fresh)
    {
        Directory.CreateDirectory(root);
        WriteRandom(Path.Combine(root, Large), largeSize);
        for (int i = 0; i < fresh; i++)
            WriteRandom(Path.Combine(root, Fresh + i.ToString(CultureInfo.InvariantCulture)), largeSize / 2);
        var random = new Random(Seed);
        byte[] content = new byte[SmallSize];
        foreach (int directory in Enumerable.Range(0, Directories))
        {
            string path = Path.Combine(root, Small, $"d{directory:d3}");
            Directory.CreateDirectory(path);
            for (int i = 0; i < FilesPerDirectory; i++)
            {
                random.NextBytes(content);
                File.WriteAllBytes(Path.Combine(path, $"f{i:d3}.dat"), content);
            }
        }
        MakeSource(random);
    }

    /// <summary>2,000 files of text of 1 to 40 KiB, about 40 MiB: what grep is used on.</summary>
    private void MakeSource(Random random)
    {
        string[] words = ["static", "return", "struct", "buffer", "offset", "length", "const", "value", "if (", ") {", "}", "node->", "= 0;"];
        for (int i = 0; i < 2000; i++)
        {
            string directory = Path.Combine(root, Source, $"m{i / 50:d2}");
            Directory.CreateDirectory(directory);
            var text = new StringBuilder();
            int length = random.Next(1024, 40 * 1024);
            while (text.Length < length)
                text.Append(words[random.Next(words.Length)]).Append(random.Next(8) == 0 ? '\n' : ' ');
            File.WriteAllText(Path.Combine(directory, $"s{i:d4}.c"), text.ToString());
        }
    }

    private static void WriteRandom(string path, long size)
    {
        using FileStream file = File.Create(path);
        byte[] piece = new byte[1 << 20];
        var random = new Random(Seed);
        for (long at = 0; at < size; at += piece.Length)
        {
            random.NextBytes(piece);
            file.Write(piece, 0, (int)Math.Min(piece.Length, size - at));
        }
    }
}
