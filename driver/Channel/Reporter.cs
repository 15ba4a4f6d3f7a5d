using System.Collections.Concurrent;
using Nnpfs.Driver.Nodes;
using Nnpfs.Proto.Channel;
using Node = Nnpfs.Driver.Nodes.Node;

namespace Nnpfs.Driver.Channel;

/// <summary>Tells arlad in batches what it need not wait for: which nodes were read, and which the kernel has forgotten.</summary>
internal sealed class Reporter(NodeTable nodes, Func<Envelope, Errno> post, TimeProvider time)
{
    /// <summary>Ids in one message: 10 bytes each at most, so that it fits a packet.</summary>
    public const int MaxIds = 4096;

    private const int TicksPerAccessed = 5;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Node> _touched = new();

    /// <summary>The node's content was read. Costs nothing but the first time since the last report.</summary>
    public void Touch(Node node)
    {
        if (node.Touched)
            return;
        node.Touched = true;
        _touched.Enqueue(node);
    }

    /// <summary>Reports until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, time);
        for (int tick = 1; await WaitAsync(timer, stop); tick++)
        {
            ReportGone();
            if (tick % TicksPerAccessed == 0)
                ReportTouched();
        }
    }

    public void ReportGone()
    {
        foreach (ulong[] some in nodes.TakeGone().Chunk(MaxIds))
            post(new Envelope { Inactive = new Inactive { Nodes = { some } } });
    }

    public void ReportTouched()
    {
        var accessed = new Accessed();
        while (_touched.TryDequeue(out Node? node))
        {
            node.Touched = false;
            accessed.Nodes.Add(node.Id.Value);
            if (accessed.Nodes.Count < MaxIds)
                continue;
            post(new Envelope { Accessed = accessed });
            accessed = new Accessed();
        }
        if (accessed.Nodes.Count > 0)
            post(new Envelope { Accessed = accessed });
    }

    private static async ValueTask<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
