namespace Nnpfs.TestKit.FaultServers;

/// <summary>One request as it came.</summary>
/// <param name="Path">as written, with its query</param>
/// <param name="Headers">by name, any case; the last of equal names</param>
public sealed record FaultRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}
