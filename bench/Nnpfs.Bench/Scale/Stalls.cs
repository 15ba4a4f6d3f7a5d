using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace Nnpfs.Bench.Scale;

/// <summary>Looks up one name after the other, each for the first time: each goes the whole way to the origin. Notes the longest wait.</summary>
internal sealed class Stalls : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly string _directory;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private long _began; // guarded by _gate; of the lookup that is under way; 0 = none is
    private double _longest; // guarded by _gate; ms
    private volatile bool _ends;

    /// <param name="directory">one that is not listed by anybody</param>
    public Stalls(string directory)
    {
        _directory = directory;
        _thread = new Thread(LookUp) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Milliseconds of the longest wait since the last call, one that is not over included.</summary>
    public double Take()
    {
        lock (_gate)
        {
            double longest = _began == 0 ? _longest : Math.Max(_longest, Stopwatch.GetElapsedTime(_began).TotalMilliseconds);
            _longest = 0;
            return longest;
        }
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }

    private void LookUp()
    {
        for (int i = 0; !_ends; i++)
        {
            lock (_gate)
                _began = Stopwatch.GetTimestamp();
            if (Syscall.lstat(string.Create(CultureInfo.InvariantCulture, $"{_directory}/absent-{i}"), out _) == 0)
                throw new InvalidDataException("a name that is not there was found");
            lock (_gate)
            {
                _longest = Math.Max(_longest, Stopwatch.GetElapsedTime(_began).TotalMilliseconds);
                _began = 0;
            }
            Thread.Sleep(Pause);
        }
    }
}
