namespace Nnpfs.Uloop.Commands;

/// <summary>KEY=VALUE,KEY=VALUE of the command line.</summary>
internal static class OriginOptions
{
    public static Failure? Parse(IEnumerable<string> texts, out Dictionary<string, string> pairs)
    {
        pairs = [];
        foreach (string pair in texts.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !pairs.TryAdd(pair[..equals], pair[(equals + 1)..]))
                return new(ExitStatus.Usage, $"-o {pair}: KEY=VALUE is expected, each key once");
        }
        return null;
    }
}
