using Nnpfs.Posix;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>A file that the test holds open: all its reads must be of one state, one that was allowed when it was opened.</summary>
internal sealed class OpenFile(FileModel file, SafeFd descriptor, IEnumerable<FileState> candidates) : IDisposable
{
    private readonly Lock _gate = new();
    private List<FileState> _candidates = [.. candidates]; // guarded by _gate

    public FileModel File { get; } = file;

    public SafeFd Descriptor { get; } = descriptor;

    /// <summary>The states that it can be of, by what was read so far.</summary>
    public IReadOnlyList<FileState> Candidates
    {
        get
        {
            lock (_gate)
                return _candidates;
        }
    }

    public int LargestSize
    {
        get
        {
            lock (_gate)
                return _candidates.Max(state => state.Size);
        }
    }

    /// <summary>Narrows the states that this file can be of; none left is a failure.</summary>
    public void Saw(long offset, int length, byte[] bytes)
    {
        lock (_gate)
        {
            List<FileState> left = [.. _candidates.Where(state => bytes.AsSpan().SequenceEqual(state.Bytes(offset, length)))];
            if (left.Count == 0)
                throw new InvalidDataException($"{File.Name}: the {bytes.Length} bytes at {offset} (of {length} asked) are of no state that this open may see, or of another than before");
            _candidates = left;
        }
    }

    /// <summary>
    /// It was invalidated, and its origin has no strong validator: that ends the version (ARCHITECTURE.md, decision 7), of which only
    /// what is cached can be read then.
    /// </summary>
    public bool IsMistrusted { get; set; }

    /// <summary>ESTALE is an answer only where the state that the file has open is not the origin's any more, or is not believed to be.</summary>
    public bool MayBeStale
    {
        get
        {
            lock (_gate)
                return IsMistrusted || _candidates.Any(state => state != File.Current);
        }
    }

    public void Dispose() => Descriptor.Dispose();
}
