using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.TestKit.Origins;

/// <summary>Makes origins as a volume's configuration would, and uses them in one line.</summary>
public static class TestOrigin
{
    /// <param name="origin">a path or a URL</param>
    /// <param name="log">null = nowhere</param>
    /// <param name="options">key, value, key, value ...</param>
    public static IOrigin Make(string origin, ILogger? log = null, params string[] options)
    {
        OriginMade made = TryMake(origin, log, options);
        return made.Origin ?? throw new InvalidOperationException(made.Problem!.ToString());
    }

    public static OriginMade TryMake(string origin, ILogger? log = null, params string[] options)
    {
        var table = options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        return OriginTable.Make(new OriginSource(origin, table, log ?? NullLogger.Instance, TimeProvider.System));
    }

    public static async Task<Result<OriginFacts>> FactsAsync(this IOrigin origin, string path) =>
        await origin.GetFactsAsync(OriginPath.Of(path), CancellationToken.None);

    public static async Task<Result<OriginListing>> ListAsync(this IOrigin origin, string path) =>
        await origin.ListAsync(OriginPath.Of(path), CancellationToken.None);

    /// <summary>Reads a range of the version that the origin names now, or of the one given.</summary>
    public static async Task<(Errno Errno, byte[] Bytes)> ReadAsync(
        this IOrigin origin, string path, long offset, long length, OriginValidator? version = null)
    {
        if (version is null)
        {
            Result<OriginFacts> facts = await origin.FactsAsync(path);
            if (!facts.IsOk)
                return (facts.Errno, []);
            version = facts.Value.Validator;
        }
        var sink = new CollectingSink(offset);
        Errno errno = await origin.ReadAsync(new(OriginPath.Of(path), version.Value, offset, length), sink, CancellationToken.None);
        return (errno, sink.Bytes);
    }
}
