using System.Diagnostics;
using Nnpfs.Daemon.Cache;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>One mount's way through one directory: judges whether it goes from entry to entry, and says which it will want next.</summary>
/// <remarks>Its book's lock guards it. It asks no origin: who guesses for it does.</remarks>
/// <param name="after">entries behind a name, in the order of the names' bytes; at most so many</param>
/// <param name="isWanted">is an entry worth a guess?</param>
/// <param name="pace">how many are guessed</param>
/// <param name="goesOn">the mount has just gone through another directory to its end: this one is taken for the next</param>
internal sealed class Walk(
    Func<ReadOnlyMemory<byte>, int, IReadOnlyList<NodeRecord>> after, Predicate<NodeRecord> isWanted, WalkPace pace, bool goesOn)
{
    /// <summary>An entry so few places behind the last one continues the walk: a reader leaves out what it does not care for.</summary>
    private const int Near = 8;

    /// <summary>So many entries in order, and the next are guessed.</summary>
    private const int Enough = 3;

    private readonly List<(NodeRecord Entry, long Bytes)> _guesses = []; // not yet come to; in the order of their names
    private ReadOnlyMemory<byte> _last, _edge;
    private int _inOrder = goesOn ? Enough - 1 : 0, _window = goesOn ? pace.First : 0;

    /// <summary>The guesses are of no use any more.</summary>
    public CancellationToken Stopped => Ending.Token;

    private CancellationTokenSource Ending { get; } = new();

    /// <summary>Bytes that were guessed, and that the walk came to.</summary>
    public long Used { get; private set; }

    /// <summary>Bytes that were guessed in vain.</summary>
    public long Unused { get; private set; }

    /// <summary>There was no entry left to guess.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Bytes of the guesses that the walk has not come to yet.</summary>
    public long Open => _guesses.Sum(guess => guess.Bytes);

    /// <summary>The mount came to an entry.</summary>
    /// <param name="entry">of this directory</param>
    /// <param name="next">entries to fetch now</param>
    /// <returns>false: not where the walk was expected; this walk is over</returns>
    public bool TryTake(NodeRecord entry, out IReadOnlyList<NodeRecord> next)
    {
        next = [];
        int guess = _guesses.FindIndex(one => one.Entry.Id == entry.Id);
        if (guess < 0 && _inOrder > 0 && !Continues(entry))
            return false;
        if (guess >= 0)
        {
            Used += _guesses[guess].Bytes;
            _guesses.RemoveAt(guess);
        }
        if (_inOrder > 0 && Compare(entry.Name, _last) <= 0)
            return true; // the same again, or overtaken by its neighbour
        _last = entry.Name;
        _inOrder++;
        PassBy();
        if (_inOrder >= Enough && _guesses.Count <= _window / 2)
            next = Extend();
        return true;
    }

    /// <summary>What a guess costs is known.</summary>
    /// <returns>false: the walk has come to it already, or passed it by</returns>
    public bool TryWeigh(NodeId entry, long bytes)
    {
        int guess = _guesses.FindIndex(one => one.Entry.Id == entry);
        if (guess >= 0)
            _guesses[guess] = (_guesses[guess].Entry, bytes);
        return guess >= 0;
    }

    /// <summary>Gives up what is guessed.</summary>
    public void Stop()
    {
        Unused += Open;
        _guesses.Clear();
        _ = Ending.CancelAsync();
    }

    private bool Continues(NodeRecord entry) =>
        entry.Name.Span.SequenceEqual(_last.Span) || after(_last, Near).Any(near => near.Id == entry.Id);

    // What lies well behind the walk will not be read.
    private void PassBy()
    {
        int passed = _guesses.FindIndex(guess => Compare(guess.Entry.Name, _last) > 0);
        passed = (passed < 0 ? _guesses.Count : passed) - Near;
        for (; passed > 0; passed--)
        {
            Unused += _guesses[0].Bytes;
            _guesses.RemoveAt(0);
        }
    }

    private NodeRecord[] Extend()
    {
        if (Compare(_edge, _last) < 0)
            _edge = _last;
        _window = Math.Clamp(_window * 2, pace.First, pace.Most);
        int room = _window - _guesses.Count;
        IReadOnlyList<NodeRecord> entries = after(_edge, room);
        IsAtEnd = entries.Count < room;
        if (entries.Count == 0)
            return [];
        Debug.Assert(Compare(entries[0].Name, _edge) > 0);
        _edge = entries[^1].Name;
        NodeRecord[] wanted = [.. entries.Where(entry => isWanted(entry))];
        _guesses.AddRange(wanted.Select(entry => (entry, 0L)));
        return wanted;
    }

    private static int Compare(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) => one.Span.SequenceCompareTo(other.Span);
}

/// <param name="First">entries that are guessed at first; then twice as many each time</param>
/// <param name="Most">entries</param>
internal readonly record struct WalkPace(int First, int Most);
