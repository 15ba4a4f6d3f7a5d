using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Manifests;

/// <summary>Answers facts and listings from a manifest; only the content comes from the server.</summary>
internal sealed class ManifestLister(ManifestSource source, HttpFactsReader facts)
{
    /// <summary>Bytes: a page of a larger file is worth more than its check.</summary>
    private const long MaxChecked = 4 << 20;

    /// <returns>ENOENT, ENOTDIR, or why there is no manifest</returns>
    public async ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel)
    {
        Result<ManifestTree> got = await source.GetAsync(cancel);
        if (!got.TryGet(out ManifestTree? tree, out Errno errno))
            return errno;
        if (tree.IsDirectory(path))
            return facts.Directory(null);
        return tree.File(path) is { } line ? Facts(line) : tree.File(path.Parent) is null ? Errno.ENOENT : Errno.ENOTDIR;
    }

    public async ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        Result<ManifestTree> got = await source.GetAsync(cancel);
        if (!got.TryGet(out ManifestTree? tree, out Errno errno))
            return errno;
        if (tree.Children(directory) is not { } children)
            return tree.File(directory) is null ? Errno.ENOENT : Errno.ENOTDIR;
        var entries = new List<OriginEntry>(children.Count);
        foreach (OriginPath child in children)
        {
            ManifestLine? line = tree.File(child);
            entries.Add(new(child.Name.ToArray(), line is null ? OriginKind.Directory : OriginKind.File,
                line is null ? facts.Directory(null) : Facts(line)));
        }
        return new OriginListing(entries, default);
    }

    /// <summary>A small file that can be checked comes as a whole, so that it is checked before the first byte is used.</summary>
    private OriginFacts Facts(ManifestLine line) => FileOf(line) with
    {
        Streamed = line.Size is > 0 and <= MaxChecked && ManifestLine.Sha256Of(line.Digest) is not null,
    };

    private OriginFacts FileOf(ManifestLine line) => facts.File(line.Size, line.MtimeNs, line.Digest.Length > 0
        ? new(line.Digest, IsStrong: true)
        : new(string.Create(CultureInfo.InvariantCulture, $"listed-{line.MtimeNs}-{line.Size}"), IsStrong: false));
}
