using System.Globalization;
using Nnpfs.Origins.Http.Listings;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http;

/// <summary>Makes facts from a listing that has exact sizes and times, where the server's validators are proved to be made of just these.</summary>
/// <remarks>
/// A version must not change its name between a listing and a HEAD. So one file is asked for: nginx's ETag is "mtime-size" in hex
/// (ngx_http_set_etag), other servers have none; where neither holds, each file's facts must be asked for.
/// </remarks>
internal sealed class ListedFacts(HttpFactsReader facts)
{
    private volatile Rule _rule;

    private enum Rule
    {
        Unknown,
        HexTag,
        DateAndSize,
        None,
    }

    public async ValueTask<bool> AreExactAsync(OriginPath directory, IReadOnlyList<ListedEntry> entries, CancellationToken cancel)
    {
        ListedEntry sample = entries.FirstOrDefault(entry => IsExact(entry) && entry.Size > 0);
        if (_rule == Rule.Unknown && sample.Name is not null)
        {
            Result<OriginFacts> asked = await facts.GetAsync(directory.Join(sample.Name), null, cancel);
            if (asked.TryGet(out OriginFacts? told, out _) && told is { Kind: OriginKind.File, Streamed: false })
                _rule = Enum.GetValues<Rule>().FirstOrDefault(rule => ValidatorBy(rule, sample) == told.Validator, Rule.None);
        }
        return _rule is Rule.HexTag or Rule.DateAndSize;
    }

    /// <returns>null where this entry's size or time is not told</returns>
    public OriginFacts? Of(ListedEntry entry) =>
        IsExact(entry) ? facts.File(entry.Size!.Value, entry.MtimeNs!.Value, ValidatorBy(_rule, entry)) : null;

    private static bool IsExact(ListedEntry entry) => entry is { IsDirectory: false, Size: not null, MtimeNs: >= 0 };

    private static OriginValidator ValidatorBy(Rule rule, ListedEntry entry)
    {
        long seconds = entry.MtimeNs!.Value / 1_000_000_000;
        return rule switch
        {
            Rule.HexTag => new(string.Create(CultureInfo.InvariantCulture, $"\"{seconds:x}-{entry.Size:x}\""), IsStrong: true),
            Rule.DateAndSize => HttpValidator.Of(new HttpState(null, seconds, entry.Size)),
            _ => default,
        };
    }
}
