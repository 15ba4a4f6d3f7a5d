namespace Nnpfs.TestKit.FaultServers;

/// <summary>One reply, honest as the site makes it; a test replaces what shall be a lie.</summary>
public sealed record FaultReply
{
    public int Status { get; init; } = 200;

    /// <summary>Header fields; an empty value leaves the field out.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The body comes in chunks, without a Content-Length.</summary>
    public bool Chunked { get; init; }

    /// <summary>After so many bytes of the body the connection is reset; -1 = before the head.</summary>
    public int? CutAfter { get; init; }

    /// <summary>After so many bytes of the body nothing comes any more, and the connection stays; -1 = before the head.</summary>
    public int? StallAfter { get; init; }

    /// <summary>The body comes in so many bytes at a time, with a pause between them.</summary>
    public int? Drip { get; init; }

    /// <summary>Header fields without end, and never a body.</summary>
    public bool EndlessHead { get; init; }

    public FaultReply With(string header, string value) =>
        this with { Headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase) { [header] = value } };

    public FaultReply Without(string header) => With(header, "");

    public static FaultReply Of(int status, string header = "", string value = "")
    {
        var reply = new FaultReply { Status = status };
        return header.Length == 0 ? reply : reply.With(header, value);
    }
}
