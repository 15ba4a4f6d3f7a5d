using System.Text;
using Nnpfs.Driver.Session;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>What the driver counts: for tests, benchmarks and people (<c>user.nnpfs.stats</c> of the root).</summary>
internal sealed class Counters
{
    private readonly long[] _sent = new long[64]; // atomic each, by the number of the envelope's field

    /// <summary>What the kernel sent.</summary>
    public RequestCounts Requests { get; } = new();

    public long Hits, HitBytes, Misses, MissBytes, Connections, Invalidations, BadMessages, PassthroughOpens, BackingIds;

    public void CountSent(Envelope.BodyOneofCase kind) => Interlocked.Increment(ref _sent[(int)kind]);

    /// <summary>Messages sent of one kind.</summary>
    public long Sent(Envelope.BodyOneofCase kind) => Volatile.Read(ref _sent[(int)kind]);

    /// <summary>A read that was answered from what is here.</summary>
    public void CountHit(int bytes)
    {
        Interlocked.Increment(ref Hits);
        Interlocked.Add(ref HitBytes, bytes);
    }

    /// <summary>A read that had to ask.</summary>
    public void CountMiss(int bytes)
    {
        Interlocked.Increment(ref Misses);
        Interlocked.Add(ref MissBytes, bytes);
    }

    /// <param name="nodes">known now</param>
    /// <param name="waiting">calls that wait for arlad now</param>
    /// <param name="open">files that are open now</param>
    public string ToJson(int nodes, int waiting, int open)
    {
        var json = new StringBuilder("{");
        Add(json, "nodes", nodes);
        Add(json, "waiting", waiting);
        Add(json, "open", open);
        Add(json, "allocated_bytes", GC.GetTotalAllocatedBytes(precise: true));
        Add(json, "hits", Hits);
        Add(json, "hit_bytes", HitBytes);
        Add(json, "misses", Misses);
        Add(json, "miss_bytes", MissBytes);
        Add(json, "connections", Connections);
        Add(json, "invalidations", Invalidations);
        Add(json, "bad_messages", BadMessages);
        Add(json, "passthrough_opens", PassthroughOpens);
        Add(json, "backing_ids", BackingIds);
        json.Append("\"sent\":{");
        foreach (Envelope.BodyOneofCase kind in Enum.GetValues<Envelope.BodyOneofCase>())
        {
            if (kind is > Envelope.BodyOneofCase.None and < Envelope.BodyOneofCase.Welcome)
                Add(json, kind.ToString(), Sent(kind));
        }
        End(json);
        json.Append(",\"requests\":{");
        foreach ((string name, long received) in Requests.All)
            Add(json, name, received);
        End(json);
        return json.Append('}').ToString();
    }

    private static void End(StringBuilder json)
    {
        if (json[^1] == ',')
            json.Length--;
        json.Append('}');
    }

    private static void Add(StringBuilder json, string name, long value) => json.Append($"\"{name}\":{value},");
}
