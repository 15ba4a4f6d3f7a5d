using Google.Protobuf;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>An arlad in memory at the other end of a real pair of sockets: answers from a tree, fills real block files.</summary>
internal sealed class FakeDaemon : IDisposable
{
    public const int BlockSize = 256 * 1024, PageSize = BlockSize / 64;

    private readonly Lock _gate = new();
    private readonly List<Envelope> _received = []; // guarded by _gate
    private readonly List<Peer> _peers = [];        // guarded by _gate
    private readonly Dictionary<(ulong, ulong, long), (ulong Generation, ulong Map)> _blocks = [];
    private ulong _lastGeneration, _lastId = 1;

    public FakeDaemon()
    {
        Root = new FakeNode(1, Kind.Directory);
        Nodes[1] = Root;
    }

    public string CacheDirectory { get; } = Directory.CreateTempSubdirectory("nnpfs-core").FullName;

    public FakeNode Root { get; }

    public Dictionary<ulong, FakeNode> Nodes { get; } = [];

    /// <summary>Calls that asked, before an open, whether a version can be had: they count as no message, and are always answered.</summary>
    public int Proofs { get; private set; }

    public ulong ValidMs { get; set; } = 600_000;

    public ulong Epoch { get; set; } = 7;

    public uint MaxWaiting { get; set; } = 64;

    /// <summary>False: connections are refused.</summary>
    public volatile bool IsUp = true;

    /// <summary>Sees each message first; true: it has dealt with it.</summary>
    public Func<Envelope, bool>? Intercept { get; set; }

    public FakeNode Add(FakeNode parent, string name, Kind kind, byte[]? content = null, string target = "")
    {
        var node = new FakeNode(++_lastId, kind) { Content = content ?? [], Target = target };
        Nodes[node.Id] = parent.Children[name] = node;
        return node;
    }

    public Result<SeqpacketSocket> Connect()
    {
        if (!IsUp)
            return Errno.ECONNREFUSED;
        (SeqpacketSocket ours, SeqpacketSocket theirs) = SeqpacketSocket.Pair().Value;
        lock (_gate)
            _peers.Add(new Peer(this, ours));
        return theirs;
    }

    public int Count(Envelope.BodyOneofCase kind)
    {
        lock (_gate)
            return _received.Count(e => e.BodyCase == kind);
    }

    public int Messages
    {
        get
        {
            lock (_gate)
                return _received.Count;
        }
    }

    public Envelope Last(Envelope.BodyOneofCase kind)
    {
        lock (_gate)
            return _received.Last(e => e.BodyCase == kind);
    }

    public void Send(Envelope envelope, SafeFd? descriptor = null)
    {
        lock (_gate)
            _peers[^1].Connection.Send(envelope, descriptor);
    }

    /// <summary>Cuts the connection, as a death does.</summary>
    public void Cut()
    {
        lock (_gate)
            _peers[^1].Connection.Close();
    }

    public void Wake(ulong sequence, Errno errno = 0) =>
        Send(new Envelope { Sequence = sequence, Wakeup = new Wakeup { Errno = (uint)errno } });

    /// <summary>Answers as arlad would.</summary>
    public void Answer(Envelope call)
    {
        Envelope? install = call.BodyCase switch
        {
            Envelope.BodyOneofCase.GetRoot => new Envelope { InstallRoot = new InstallRoot { Node = ToMessage(Root) } },
            Envelope.BodyOneofCase.GetNode => Find(call.GetNode),
            Envelope.BodyOneofCase.GetAttr when Nodes.TryGetValue(call.GetAttr.Node, out FakeNode? node) =>
                new Envelope { InstallAttr = new InstallAttr { Node = ToMessage(node) } },
            Envelope.BodyOneofCase.GetData => Fill(call.GetData),
            Envelope.BodyOneofCase.GetXattr => new Envelope
            {
                InstallXattr = new InstallXattr { Node = call.GetXattr.Node, Name = call.GetXattr.Name, Value = ByteString.CopyFromUtf8("memory:/") },
            },
            _ => null,
        };
        if (call.GetData is { Version: 0 } any) // of a directory, which comes with its attributes
            Send(new Envelope { Sequence = call.Sequence, InstallAttr = new InstallAttr { Node = ToMessage(Nodes[any.Node]) } });
        if (install is not null)
        {
            install.Sequence = call.Sequence;
            Send(install);
        }
        Errno refusal = call.BodyCase == Envelope.BodyOneofCase.OpenBlock ? Errno.ENOENT : Errno.ESTALE; // its blocks are files, or nothing
        Wake(call.Sequence, install is null ? refusal : 0);
    }

    public Proto.Channel.Node ToMessage(FakeNode node) => new()
    {
        Id = node.Id,
        Attributes = node.Attributes.ToMessage(),
        Version = node.Version,
        ValidMs = ValidMs,
        Target = ByteString.CopyFromUtf8(node.Target),
    };

    /// <summary>Unlinks all block files, without a word.</summary>
    public void Reclaim()
    {
        foreach (string directory in Directory.GetDirectories(CacheDirectory))
            Directory.Delete(directory, recursive: true);
        _blocks.Clear();
    }

    public void Dispose()
    {
        IsUp = false;
        lock (_gate)
        {
            foreach (Peer peer in _peers)
                peer.Connection.Dispose();
        }
        Directory.Delete(CacheDirectory, recursive: true);
    }

    private Envelope Find(GetNode call)
    {
        var install = new InstallNode { Parent = call.Parent, Name = call.Name, ValidMs = ValidMs };
        if (Nodes[call.Parent].Children.TryGetValue(call.Name.ToStringUtf8(), out FakeNode? child))
            install.Node = ToMessage(child);
        return new Envelope { InstallNode = install };
    }

    private Envelope? Fill(GetData call)
    {
        FakeNode node = Nodes[call.Node];
        if (node.Version != call.Version && (node.Kind != Kind.Directory || call.Version != 0))
            return null;
        byte[] content = node.ListingOrContent();
        var geometry = new Geometry(BlockSize);
        long offset = node.Kind == Kind.Directory ? 0 : (long)call.Offset, length = node.Kind == Kind.Directory ? content.Length : (long)call.Length;
        var data = new InstallData { Node = node.Id, Version = node.Version, Size = (ulong)content.Length };
        if (node.Kind != Kind.Directory && length == 0)
            return new Envelope { InstallData = data };
        for (long block = geometry.BlockOf(offset); block <= geometry.BlockOf(Math.Max(offset + length - 1, 0)) && block < geometry.BlocksIn(content.Length); block++)
            data.Blocks.Add(FillBlock(node, content, block, geometry.MaskOf(block, offset, length) & geometry.FullMap(block, content.Length)));
        return new Envelope { InstallData = data };
    }

    private BlockMap FillBlock(FakeNode node, byte[] content, long block, ulong pages)
    {
        (ulong generation, ulong map) = _blocks.GetValueOrDefault((node.Id, node.Version, block));
        generation = generation == 0 ? ++_lastGeneration : generation;
        string path = Path.Combine(CacheDirectory, new BlockName(new NodeId(node.Id), node.Version, block, generation).ToString());
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (FileStream file = new(path, FileMode.OpenOrCreate))
        {
            for (int page = 0; page < 64; page++)
            {
                if ((pages >> page & 1) == 0)
                    continue;
                long start = (block * BlockSize) + (page * PageSize);
                file.Position = page * PageSize;
                file.Write(content.AsSpan((int)start, (int)Math.Min(PageSize, content.Length - start)));
            }
        }
        _blocks[(node.Id, node.Version, block)] = (generation, map |= pages);
        return new BlockMap { Block = (ulong)block, Generation = generation, Map = map };
    }

    private void OnMessage(Envelope envelope)
    {
        if (envelope is { BodyCase: Envelope.BodyOneofCase.GetData, GetData.Length: 0 })
        {
            Proofs++;
            Answer(envelope);
            return;
        }
        lock (_gate)
            _received.Add(envelope);
        if (Intercept?.Invoke(envelope) == true)
            return;
        if (envelope.BodyCase == Envelope.BodyOneofCase.Hello)
            Welcome();
        else if (envelope.BodyCase < Envelope.BodyOneofCase.Ahead)
            Answer(envelope);
    }

    private void Welcome()
    {
        using SafeFd directory = Files.Open(CacheDirectory, OpenModes.Path).Value;
        Send(new Envelope { Welcome = new Welcome { Version = 1, BlockSize = BlockSize, Epoch = Epoch, MaxWaiting = MaxWaiting, Root = Root.Id } }, directory);
    }

    private sealed class Peer : IChannelPeer
    {
        private readonly FakeDaemon _daemon;

        public Peer(FakeDaemon daemon, SeqpacketSocket socket)
        {
            _daemon = daemon;
            Connection = new ChannelConnection(socket, this, "fake");
            Connection.Start();
        }

        public ChannelConnection Connection { get; }

        public void OnMessage(Envelope envelope, SafeFd? descriptor)
        {
            descriptor?.Dispose();
            _daemon.OnMessage(envelope);
        }

        public void OnClosed(Errno reason)
        {
        }
    }
}
