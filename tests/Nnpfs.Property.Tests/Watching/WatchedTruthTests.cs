using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Property.Tests.Watching;

/// <summary>Facts and listings that a directory origin gave for long, and did not take back, are still true after any changes.</summary>
public sealed class WatchedTruthTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task What_was_not_taken_back_is_true(int seed)
    {
        var random = new Random(seed);
        await using var watched = new WatchedDirectory();
        Dictionary<string, string> known = [];
        for (int round = 0; round < 25; round++)
        {
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                if (random.Next(3) > 0)
                    Change(watched, random);
                else
                    await AskAsync(watched, PathOf(random), known); // in between: what it was told of is still to be read
            }
            foreach (OriginChange? change in await watched.ToldAsync())
                Forget(known, change);
            foreach ((string path, string said) in known)
                Assert.Equal((path, said), (path, (await SayAsync(watched, path)).Said));
            for (int i = 0; i < 6; i++)
                await AskAsync(watched, PathOf(random), known);
        }
    }

    private static async Task AskAsync(WatchedDirectory watched, string path, Dictionary<string, string> known)
    {
        (string said, bool trusted) = await SayAsync(watched, path);
        if (trusted)
            known[path] = said;
        else
            known.Remove(path);
    }

    /// <summary>A path that ends in "/" asks for its listing.</summary>
    private static async Task<(string Said, bool Trusted)> SayAsync(WatchedDirectory watched, string path)
    {
        if (path.EndsWith('/'))
        {
            Result<OriginListing> listing = await watched.Origin.ListAsync(path);
            return listing.IsOk
                ? (string.Join(' ', listing.Value.Entries.Select(entry => $"{OriginPath.Root.Join(entry.Name.Span)}:{entry.Kind}")), listing.Value.FreshFor > TimeSpan.Zero)
                : ($"{listing.Errno}", false);
        }
        Result<OriginFacts> facts = await watched.FactsAsync(path);
        return facts.IsOk ? ($"{facts.Value with { FreshFor = null, Target = default }}", facts.Value.FreshFor > TimeSpan.Zero)
            : ($"{facts.Errno}", false);
    }

    private static void Forget(Dictionary<string, string> known, OriginChange? change)
    {
        if (change is null)
        {
            known.Clear();
            return;
        }
        string path = change.Path.ToString(), parent = change.Path.Parent.ToString();
        known.Remove(path);
        known.Remove(path + "/");
        known.Remove(parent + "/"); // its parent's listing is in doubt as well
        foreach (string beneath in known.Keys.Where(each => change.Deep && each.StartsWith(path + "/", StringComparison.Ordinal)).ToArray())
            known.Remove(beneath);
    }

    private static string PathOf(Random random)
    {
        string path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Names[random.Next(Names.Length)]));
        return random.Next(3) == 0 ? path + "/" : path;
    }

    private static void Change(WatchedDirectory watched, Random random)
    {
        string path = watched.At(PathOf(random)).TrimEnd('/'), other = watched.At(PathOf(random)).TrimEnd('/');
        try
        {
            switch (random.Next(7))
            {
                case 0:
                    Directory.CreateDirectory(path);
                    break;
                case 1:
                case 2:
                    File.AppendAllText(path, "text");
                    break;
                case 3:
                    Directory.Move(path, other); // of files as well
                    break;
                case 4:
                    File.SetUnixFileMode(path, (UnixFileMode)(0x1C0 + random.Next(64)));
                    break;
                case 5 when Directory.Exists(path):
                    Directory.Delete(path, recursive: true);
                    break;
                case 5:
                    File.Delete(path);
                    break;
                default:
                    Nnpfs.TestKit.ChildProgram.Run("ln", path, other);
                    break;
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // not possible as the tree is now
        }
    }
}
