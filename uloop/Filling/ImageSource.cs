using System.Text;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins;
using Nnpfs.Origins.Device;
using Nnpfs.Origins.Fetching;
using Nnpfs.Origins.Filters;
using Nnpfs.Origins.Http;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>Where the data of one device comes from, and what state of it.</summary>
/// <param name="Name">URL or path, without any credential</param>
/// <param name="Origin">tries again by itself what fails in passing</param>
/// <param name="Content">the file, and its version</param>
internal sealed record ImageSource(string Name, IOrigin Origin, PageContent Content) : IAsyncDisposable
{
    /// <summary>Asks the origin for the state that it has now.</summary>
    /// <param name="text">an http:// or https:// URL, or an absolute path</param>
    /// <param name="options">of the origin, by key</param>
    /// <param name="patience">how long a read goes on trying when the origin is away</param>
    /// <param name="log">where the origin writes to</param>
    public static async Task<(ImageSource? Source, Failure? Failure)> OpenAsync(
        string text, IReadOnlyDictionary<string, string> options, TimeSpan patience, ILogger log)
    {
        if (!TrySplit(text, out string root, out OriginPath path))
            return (null, new(ExitStatus.Usage, $"'{text}' is neither the http:// or https:// URL of a file nor an absolute path"));
        OriginMade made = Make(text, new OriginSource(root, options, log, TimeProvider.System));
        if (made.Origin is not { } origin)
            return (null, new(ExitStatus.Usage, made.Problem!.ToString()));
        Result<OriginFacts> asked = await origin.GetFactsAsync(path, CancellationToken.None);
        string name = root.TrimEnd('/') + "/" + path;
        if (Refuse(asked, name) is { } failure)
        {
            await origin.DisposeAsync();
            return (null, failure);
        }
        var rule = new RetryRule { Tries = int.MaxValue, Limit = patience };
        origin = FilterTable.Wrap(origin, new FilterSettings { Retry = rule }, TimeProvider.System);
        OriginFacts facts = asked.Value;
        return (new(name, origin, new PageContent(path, facts.Validator, facts.Size, Image.PageSize)), null);
    }

    public ValueTask DisposeAsync() => Origin.DisposeAsync();

    private static OriginMade Make(string text, OriginSource source) =>
        DeviceOrigin.Open(text).TryGet(out DeviceOrigin? device, out _) ? OriginMade.Of(device) : OriginTable.Make(source);

    private static bool TrySplit(string text, out string root, out OriginPath path)
    {
        if (HttpOriginType.Row.Claims(text))
            return FileUrl.TrySplit(text, out root, out path);
        root = Path.GetDirectoryName(text) ?? "/";
        return OriginPath.TryParse(Encoding.UTF8.GetBytes(Path.GetFileName(text)), out path) && Path.IsPathRooted(text) && !path.IsRoot;
    }

    private static Failure? Refuse(Result<OriginFacts> asked, string name) => asked switch
    {
        { IsOk: false, Errno: Errno.ENOENT } => new(ExitStatus.System, $"{name} is not there"),
        { IsOk: false, Errno: Errno.EACCES } => new(
            ExitStatus.System, $"{name} may not be read: credentials are given with -o user-file=FILE and the like"),
        { IsOk: false } => new(ExitStatus.System, $"{name} cannot be asked for: {asked.Errno}"),
        { Value.Kind: not (OriginKind.File or OriginKind.BlockDevice) } => new(ExitStatus.Usage, $"{name} is neither a file nor a block device"),
        { Value.Size: 0 } => new(ExitStatus.Usage, $"{name} is empty"),
        { Value.Streamed: true } => new(ExitStatus.System, $"{name} cannot be read piece by piece: its server sends no ranges, or names no version of it (ETag, Last-Modified)"),
        { Value.Validator.IsEmpty: true } => new(
            ExitStatus.System, $"the origin names no version of {name}: pieces of two states could not be told apart"),
        _ => null,
    };
}
