namespace Nnpfs.TestKit.FaultServers;

/// <summary>One file of a site.</summary>
/// <param name="Bytes">its content</param>
/// <param name="Tag">the ETag header as sent; null = none</param>
/// <param name="Modified">Last-Modified; null = none</param>
public sealed record FaultFile(byte[] Bytes, string? Tag = null, DateTimeOffset? Modified = null)
{
    /// <summary>false: Range is ignored, and Accept-Ranges is not sent.</summary>
    public bool Ranges { get; init; } = true;
}
