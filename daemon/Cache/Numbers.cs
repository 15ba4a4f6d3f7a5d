using System.Globalization;
using System.Text;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache;

/// <summary>Numbers that are never given twice (node ids, versions, generations) and the epochs of the volumes.</summary>
/// <remarks>
/// They stand in a small file of their own, replaced as a whole and synced, for two reasons: they must be on the disk before
/// they count, which the index is not; and they must survive an index that is damaged and made anew. Numbers are reserved
/// in runs, so that the disk is asked once in <see cref="Run"/> numbers. A file that is not there begins at a number made
/// from the clock: not even a cache that was deleted and made anew names two things by one number.
/// INVARIANT: every number given is below the limit in the file.
/// </remarks>
internal sealed class Numbers
{
    public const string FileName = "numbers";

    private const int Run = 1 << 16;
    private const string Heading = "nnpfs numbers 1";

    private readonly SafeFd _directory;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ulong> _epochs = new(StringComparer.Ordinal); // guarded by _gate
    private ulong _next; // guarded by _gate
    private ulong _limit; // guarded by _gate; is in the file

    private Numbers(SafeFd directory, TimeProvider time) => (_directory, _time) = (directory, time);

    /// <summary>Every number below was given before this start of arlad.</summary>
    public ulong Start { get; private set; }

    /// <param name="directory">of the cache</param>
    /// <param name="time">makes the first number of a new cache</param>
    /// <param name="isNew">there was no file that could be read: begun at the clock</param>
    /// <returns>EIO, ENOSPC ... when the file cannot be written</returns>
    public static Result<Numbers> Open(SafeFd directory, TimeProvider time, out bool isNew)
    {
        var numbers = new Numbers(directory, time);
        isNew = !numbers.TryLoad();
        ulong clock = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 10; // a million each second, since the epoch of Unix
        numbers.Start = numbers._next = numbers._limit = isNew ? clock : numbers._limit;
        Errno saved = numbers.Reserve();
        return saved == 0 ? numbers : saved;
    }

    /// <returns>a number that was never given before; EIO or ENOSPC when no more could be reserved</returns>
    public Result<ulong> Next()
    {
        lock (_gate)
        {
            if (_next == _limit && Reserve() is var failed && failed != 0)
                return failed;
            return _next++;
        }
    }

    /// <summary>The volume's epoch; a volume that is new begins at the clock's seconds.</summary>
    /// <param name="volume">the name of its directory</param>
    public Result<ulong> Epoch(string volume)
    {
        lock (_gate)
        {
            if (_epochs.TryGetValue(volume, out ulong epoch))
                return epoch;
            _epochs[volume] = epoch = (ulong)_time.GetUtcNow().ToUnixTimeSeconds();
            Errno saved = Save();
            return saved == 0 ? epoch : saved;
        }
    }

    /// <summary>The next epoch, which is on the disk when this returns.</summary>
    public Result<ulong> RaiseEpoch(string volume)
    {
        lock (_gate)
        {
            ulong epoch = _epochs.GetValueOrDefault(volume) + 1;
            _epochs[volume] = epoch;
            Errno saved = Save();
            return saved == 0 ? epoch : saved;
        }
    }

    // Holds _gate, or nobody else knows this object yet.
    private Errno Reserve()
    {
        _limit += Run;
        Errno saved = Save();
        if (saved != 0)
            _limit -= Run;
        return saved;
    }

    private Errno Save()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Heading}\nlimit {_limit}\n");
        foreach ((string volume, ulong epoch) in _epochs)
            text.Append(CultureInfo.InvariantCulture, $"epoch {volume} {epoch}\n");
        uint sum = Crc32C.Of(Encoding.UTF8.GetBytes(text.ToString())); // before the append, which would be part of it
        text.Append(CultureInfo.InvariantCulture, $"sum {sum:x8}\n");
        return DurableFile.Replace(_directory, FileName, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private bool TryLoad()
    {
        if (!DurableFile.Read(_directory, FileName).TryGet(out byte[]? bytes, out _))
            return false;
        string text = Encoding.UTF8.GetString(bytes);
        int end = text.LastIndexOf("sum ", StringComparison.Ordinal);
        if (end < 0 || text[end..] != $"sum {Crc32C.Of(Encoding.UTF8.GetBytes(text[..end])):x8}\n")
            return false;
        string[] lines = text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 1 && lines[0] == Heading && lines[1..].All(TryLoadLine);
    }

    private bool TryLoadLine(string line)
    {
        string[] words = line.Split(' ');
        if (!ulong.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            return false;
        if (words is ["limit", _])
            _limit = value;
        else if (words is ["epoch", string volume, _])
            _epochs[volume] = value;
        return true;
    }
}
