using System.Globalization;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;

namespace Nnpfs.Driver.Handlers;

/// <summary>Which way the reads of a file go, and why: "MODE: REASON". Of a file that is not open: of its next open.</summary>
internal sealed class ModeReport(HandlerParts parts)
{
    private const string Cached = "cached", Passthrough = "passthrough";

    public string Of(Node file)
    {
        Content content = parts.Nodes.ContentOf(file, parts.Installer.Geometry);
        string obstacle = Obstacle(content);
        ReadMode held = parts.Passthrough.HeldBy(file, out int opens);
        string open = string.Create(CultureInfo.InvariantCulture, $"open {opens} {(opens == 1 ? "time" : "times")}");
        return held switch
        {
            ReadMode.Passthrough => $"{Passthrough}: the kernel reads the cache's file by itself; {open}",
            ReadMode.Cached when obstacle.Length == 0 => $"{Cached}: {open} since before it was whole; it is passed through once these are closed",
            ReadMode.Cached => $"{Cached}: {obstacle}; {open}",
            _ => obstacle.Length == 0 ? $"{Passthrough}: whole, in one file; not open" : $"{Cached}: {obstacle}; not open",
        };
    }

    /// <returns>why its next open is not passed through; empty: it is</returns>
    private string Obstacle(Content content)
    {
        if (parts.Passthrough.Off is { Length: > 0 } off)
            return $"nothing is passed through: {off}";
        if (content.Size == 0)
            return "it is empty";
        if (content.Size < Data.Passthrough.Smallest)
            return $"it is small: below {Data.Passthrough.Smallest >> 10} KiB, opening would cost more than reading";
        (long filled, long files, bool byDescriptor) = content.Tally();
        long pages = content.Geometry.PagesIn(content.Size);
        if (filled < pages)
            return string.Create(CultureInfo.InvariantCulture, $"not whole: {filled} of {pages} pages are known to be here");
        if (byDescriptor)
            return "arlad hands over its blocks one by one: they are in memory, or not to be opened by this user";
        if (files > 1)
            return string.Create(CultureInfo.InvariantCulture, $"whole, but in {files} files: it has more than a quarter of what the cache can have, or had when it was fetched");
        return parts.Passthrough.Crowded(content.Size);
    }
}
