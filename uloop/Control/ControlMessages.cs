using Nnpfs.Uloop.Commands;

namespace Nnpfs.Uloop.Control;

/// <summary>What a command asks of the process of a device: one packet.</summary>
/// <param name="Command">detach, prefetch, status, verify</param>
internal sealed record ControlRequest(string Command)
{
    /// <summary>Of detach: also while it is used; it ends with its last user then.</summary>
    public bool Lazy { get; init; }
}

/// <summary>What comes back: packets of progress, then one that is the end.</summary>
internal sealed record ControlReply
{
    public bool IsEnd { get; init; }

    /// <summary>Why it could not be done, for people.</summary>
    public string? Error { get; init; }

    /// <summary>Pages that are done, and of how many.</summary>
    public long Done { get; init; }

    public long Of { get; init; }

    /// <summary>Of verify: pages that differ from the origin's.</summary>
    public long Different { get; init; }

    public DeviceReport? Report { get; init; }
}
