using System.Text.Json;

namespace Nnpfs.TestKit;

/// <summary>What a driver has counted since its start: <c>user.nnpfs.stats</c> of the root.</summary>
public sealed class DriverCounters(string json)
{
    // They tell something and ask for nothing, at times of their own.
    private static readonly string[] Reports = ["Hello", "Accessed", "Inactive", "InvalidateDone", "Closed"];

    private readonly JsonElement _root = JsonDocument.Parse(json).RootElement;

    /// <summary>Messages by which the driver asked arlad for something.</summary>
    public long Asked => _root.GetProperty("sent").EnumerateObject().Where(kind => !Reports.Contains(kind.Name)).Sum(kind => kind.Value.GetInt64());

    /// <summary>Requests of the kernel, by the name of the opcode as the driver's table has it: Lookup, Open, Read ...</summary>
    public long Received(string opcode) =>
        _root.GetProperty("requests").TryGetProperty(opcode, out JsonElement count) ? count.GetInt64() : 0;

    public long Hits => _root.GetProperty("hits").GetInt64();

    /// <summary>Opens after which the kernel reads by itself.</summary>
    public long PassthroughOpens => _root.GetProperty("passthrough_opens").GetInt64();

    /// <summary>Backing files that the kernel has now.</summary>
    public long BackingIds => _root.GetProperty("backing_ids").GetInt64();

    /// <summary>Calls that wait for arlad now.</summary>
    public long Waiting => _root.GetProperty("waiting").GetInt64();

    /// <summary>Files and directories that are open now.</summary>
    public long Open => _root.GetProperty("open").GetInt64();

    /// <summary>Bytes that all of its threads have allocated.</summary>
    public long AllocatedBytes => _root.GetProperty("allocated_bytes").GetInt64();

    public long Connections => _root.GetProperty("connections").GetInt64();

    public override string ToString() => _root.GetRawText();
}
