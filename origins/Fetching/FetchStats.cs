namespace Nnpfs.Origins.Fetching;

/// <summary>What the fetches of one volume did since its start, and what they do now. Bytes, unless said otherwise.</summary>
public sealed record FetchStats
{
    /// <summary>Requests that went to the origin.</summary>
    public long Requests { get; init; }

    public long FailedRequests { get; init; }

    /// <summary>Received from the origin.</summary>
    public long OriginBytes { get; init; }

    public long FilledBytes { get; init; }

    /// <summary>Missing bytes that readers asked for, to the byte. Read amplification is OriginBytes / WantedBytes.</summary>
    public long WantedBytes { get; init; }

    /// <summary>Fetched before anybody had asked.</summary>
    public long AheadBytes { get; init; }

    /// <summary>Requests given up since nobody wanted them any more.</summary>
    public long CancelledRequests { get; init; }

    /// <summary>Calls that had to wait.</summary>
    public long Waits { get; init; }

    public TimeSpan WaitTime { get; init; }

    /// <summary>Calls that wait now.</summary>
    public int Waiting { get; init; }

    /// <summary>Requests that run now.</summary>
    public int InFlight { get; init; }

    /// <summary>Requests that wait for their turn now.</summary>
    public int Queued { get; init; }
}
