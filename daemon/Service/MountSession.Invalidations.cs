using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using ReclaimedBlock = Nnpfs.Daemon.Cache.Blocks.ReclaimedBlock;

namespace Nnpfs.Daemon.Service;

/// <summary>Taking back: tokens with tickets, block files without.</summary>
internal sealed partial class MountSession
{
    /// <summary>Ids in one Invalidate, so that it fits a packet: at most 10 bytes each.</summary>
    private const int IdsInPacket = 4000;

    private const int BlocksInPacket = 1000; // at most 44 bytes each

    public async Task<bool> InvalidateAsync(Breakage breakage, TimeSpan limit)
    {
        Task[] tickets;
        lock (_gate)
            tickets = _closed ? [] : [.. Cut(breakage).Select(SendInvalidate)];
        try
        {
            await Task.WhenAll(tickets).WaitAsync(limit, _time);
            return true;
        }
        catch (TimeoutException)
        {
            Log.InvalidateTimedOut(_log, _mountPoint, limit.TotalSeconds);
            _connection.Close(Errno.ETIMEDOUT); // its epoch is an old one: when it is back, all its tokens are void
            return false;
        }
    }

    public void Reclaim(IReadOnlyList<ReclaimedBlock> blocks)
    {
        List<ReclaimedBlock> held;
        lock (_gate)
            held = [.. blocks.Where(block => _holding.Contains(block.Node.Value))];
        foreach (ReclaimedBlock[] part in held.Chunk(BlocksInPacket))
        {
            var reclaim = new Reclaim();
            foreach (ReclaimedBlock block in part)
                reclaim.Blocks.Add(WireBlock.Of(block));
            Install(new Envelope { Reclaim = reclaim });
        }
    }

    public void Forget(IReadOnlyList<NodeId> directories)
    {
        foreach (NodeId[] part in directories.Where(Knows).Chunk(IdsInPacket))
            Install(new Envelope { Forget = new() { Directories = { part.Select(id => id.Value) } } });
    }

    public bool Knows(NodeId node)
    {
        lock (_gate)
            return _known.Contains(node.Value);
    }

    public void Keep(NodeId node, Func<Content> hold)
    {
        lock (_gate)
        {
            if (_closed || !_holding.Contains(node.Value))
                return;
            if (!_kept.TryGetValue(node.Value, out List<Content>? contents))
                _kept[node.Value] = contents = [];
            contents.Add(hold());
        }
    }

    private static IEnumerable<Invalidate> Cut(Breakage breakage)
    {
        if (breakage.Volume)
        {
            yield return new Invalidate { Epoch = breakage.Epoch, Volume = true };
            yield break;
        }
        if (breakage is { Nodes: [], Subtrees: [] })
            yield return new Invalidate { Epoch = breakage.Epoch }; // a fence
        foreach (NodeId[] part in breakage.Nodes.Chunk(IdsInPacket))
            yield return new Invalidate { Epoch = breakage.Epoch, Nodes = { part.Select(id => id.Value) } };
        foreach (NodeId[] part in breakage.Subtrees.Chunk(IdsInPacket))
            yield return new Invalidate { Epoch = breakage.Epoch, Subtrees = { part.Select(id => id.Value) } };
    }

    private Task SendInvalidate(Invalidate invalidate)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        invalidate.Ticket = ++_lastTicket;
        var wait = new Wait("Invalidate", new(invalidate.Subtrees.Concat(invalidate.Nodes).FirstOrDefault()), _time.GetUtcNow());
        wait.For(WaitCause.Driver);
        _tickets.Add(invalidate.Ticket, (wait, done));
        Send(new Envelope { Invalidate = invalidate });
        return done.Task; // a connection that could not send closes, which completes it
    }

    private bool TakeDone(ulong ticket)
    {
        lock (_gate)
            return _tickets.Remove(ticket, out (Wait Wait, TaskCompletionSource Done) held) && held.Done.TrySetResult();
    }

    private bool TakeInactive(Inactive inactive)
    {
        List<Content> released = [];
        lock (_gate)
        {
            _known.ExceptWith(inactive.Nodes);
            _holding.ExceptWith(inactive.Nodes);
            foreach (ulong node in inactive.Nodes)
            {
                if (_kept.Remove(node, out List<Content>? contents))
                    released.AddRange(contents);
            }
        }
        released.ForEach(content => content.Release());
        return true;
    }

    private void LetGo()
    {
        Content[] released;
        lock (_gate)
        {
            released = [.. _kept.Values.SelectMany(contents => contents)];
            _kept.Clear();
        }
        Array.ForEach(released, content => content.Release());
    }

    private bool TakeAhead(Volume volume, Ahead ahead)
    {
        if (ahead.Node == 0 || ahead.Offset > long.MaxValue)
            return false;
        volume.Ahead(new DataWant(new(ahead.Node), ahead.Version, (long)ahead.Offset, 0, StreamOf(ahead.Stream)), came => InstallData(0, came, ahead.Stream));
        return true;
    }

    private bool TakeClosed(Volume volume, Closed closed)
    {
        if (closed.Node == 0 || closed.Stream == 0)
            return false;
        volume.EndReader(new(new(closed.Node), closed.Version), StreamOf(closed.Stream));
        return true;
    }
}
