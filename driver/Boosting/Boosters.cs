using System.Security.Cryptography;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Boosting;

/// <summary>The programs that are connected to a mount to read past FUSE. Knows no files.</summary>
/// <remarks>
/// No thread waits for them: who asks for a descriptor has connected and sent its hello before, so that both are found when it asks. What a
/// program sends besides ends its connection. Those that are gone are found once a second, and when there is no room.
/// </remarks>
internal sealed class Boosters : IDisposable
{
    public const string NamePrefix = "nnpfs-booster-";

    private const int Backlog = 128, MostStrangers = 32;

    private readonly SeqpacketListener? _listener;
    private readonly int _most, _mostOfOneUser;
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Booster> _known = []; // guarded by _gate: by their secrets
    private readonly List<Booster> _strangers = [];            // guarded by _gate: connected, and silent as yet; oldest first

    /// <param name="most">programs at once; one user may have half of them</param>
    public Boosters(int most)
    {
        (_most, _mostOfOneUser) = (most, Math.Max(most / 2, 1));
        string identity = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Result<SeqpacketListener> listening = SeqpacketListener.ListenAbstract(NamePrefix + identity, Backlog);
        _listener = listening.IsOk ? listening.Value : null;
        Identity = listening.IsOk ? identity : null;
    }

    /// <summary>Of the mount: the last part of the socket's name. null: nobody can connect.</summary>
    public string? Identity { get; }

    /// <summary>Connected now.</summary>
    public Booster[] All
    {
        get
        {
            lock (_gate)
                return [.. _known.Values];
        }
    }

    /// <returns>null: nobody with that secret is connected</returns>
    public Booster? Find(UInt128 secret)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(secret, out Booster? found))
            {
                Admit();
                found = _known.GetValueOrDefault(secret);
            }
            return found;
        }
    }

    /// <summary>Forgets who is gone, or has sent what nobody asked for.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            Admit();
            DropGone();
        }
    }

    public void Drop(UInt128 secret)
    {
        lock (_gate)
        {
            if (_known.Remove(secret, out Booster? gone))
                gone.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (Booster booster in (Booster[])[.. _known.Values, .. _strangers])
                booster.Dispose();
            _known.Clear();
            _strangers.Clear();
        }
        _listener?.Dispose();
    }

    // Holds _gate. Lets in who has connected, and hears those who had not said who they are. Who asks has said so: it is never the one that
    // has to go for others' silence.
    private void Admit()
    {
        for (int i = 0; i < Backlog && _listener?.Accept() is { IsOk: true, Value: var socket }; i++)
        {
            if (!socket.Peer().TryGet(out PeerCredentials? peer, out _))
            {
                socket.Dispose();
                continue;
            }
            _strangers.Add(new Booster(socket, peer));
            if (_strangers.Count <= MostStrangers)
                continue;
            _strangers.RemoveAll(Hears);
            if (_strangers.Count <= MostStrangers)
                continue;
            _strangers[0].Dispose();
            _strangers.RemoveAt(0);
        }
        _strangers.RemoveAll(Hears);
    }

    // Holds _gate. True: it is no stranger any more, but known or gone.
    private bool Hears(Booster who)
    {
        Span<byte> packet = stackalloc byte[BoostHello.Size + 1];
        Result<int> received = who.Receive(packet);
        if (received.Errno == Errno.EAGAIN)
            return false;
        if (!received.IsOk || !BoostHello.TryRead(packet[..received.Value], out UInt128 secret) || !HasRoomFor(who) || !_known.TryAdd(secret, who))
            who.Dispose();
        return true;
    }

    // Holds _gate.
    private bool HasRoomFor(Booster who)
    {
        if (!IsRoom())
            DropGone();
        return IsRoom();

        bool IsRoom() => _known.Count < _most && _known.Values.Count(other => other.Peer.Uid == who.Peer.Uid) < _mostOfOneUser;
    }

    // Holds _gate.
    private void DropGone()
    {
        Span<byte> packet = stackalloc byte[1];
        foreach ((UInt128 secret, Booster booster) in _known)
        {
            if (booster.Receive(packet).Errno == Errno.EAGAIN)
                continue;
            _known.Remove(secret); // Dictionary allows this within its own enumeration
            booster.Dispose();
        }
    }
}
