using System.Text;
using Nnpfs.Driver.Boosting;
using Nnpfs.Fuse.Session;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>What the driver counts: for tests, benchmarks and people (<c>user.nnpfs.stats</c> of the root).</summary>
internal sealed class Counters
{
    private readonly long[] _sent = new long[64]; // atomic each, by the number of the envelope's field

    /// <summary>What the kernel sent.</summary>
    public RequestCounts Requests { get; } = new();

    public long Hits, HitBytes, Misses, MissBytes, Connections, Invalidations, BadMessages, PassthroughOpens, BackingIds, BoostedOpens, BoostedBytes, BoostedParts;

    private readonly long[] _boostRefusals = new long[Enum.GetValues<BoostOutcome>().Length]; // atomic each, by outcome

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

    /// <summary>A program asked to read a file past FUSE.</summary>
    /// <param name="outcome">of that</param>
    /// <param name="size">of the file, in bytes</param>
    public void CountBoost(BoostOutcome outcome, long size)
    {
        if (outcome == BoostOutcome.Part)
            Interlocked.Increment(ref BoostedParts);
        else if (outcome != BoostOutcome.Sent)
            Interlocked.Increment(ref _boostRefusals[(int)outcome]);
        if (outcome != BoostOutcome.Sent)
            return;
        Interlocked.Increment(ref BoostedOpens);
        Interlocked.Add(ref BoostedBytes, size);
    }

    /// <param name="nodes">known now</param>
    /// <param name="waiting">calls that wait for arlad now</param>
    /// <param name="open">files that are open now</param>
    /// <param name="boosters">programs that are connected now</param>
    /// <param name="lent">files that they have descriptors of</param>
    public string ToJson(int nodes, int waiting, int open, int boosters, int lent)
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
        Add(json, "boosters", boosters);
        Add(json, "boosted_opens", BoostedOpens);
        Add(json, "boosted_bytes", BoostedBytes);
        Add(json, "boosted_parts", BoostedParts);
        Add(json, "boosted_files", lent);
        json.Append("\"boost_refusals\":{");
        for (BoostOutcome outcome = BoostOutcome.NotWhole; outcome <= BoostOutcome.Slow; outcome++)
            Add(json, outcome.ToString(), Volatile.Read(ref _boostRefusals[(int)outcome]));
        End(json);
        json.Append(",\"sent\":{");
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
