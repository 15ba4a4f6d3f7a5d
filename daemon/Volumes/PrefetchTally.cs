using Nnpfs.Origins;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Counts what a prefetch has found and done; reported from another task than it is filled from.</summary>
internal sealed class PrefetchTally
{
    private readonly Lock _gate = new();
    private PrefetchProgress _now = new(); // guarded by _gate

    public bool Walked
    {
        set => Change(now => now with { Walked = value });
    }

    public OriginPath Current
    {
        set => Change(now => now with { Current = value });
    }

    public PrefetchProgress Now(bool finished)
    {
        lock (_gate)
            return _now with { Finished = finished };
    }

    public NodeReport Found(NodeReport file)
    {
        Found(file.Facts.Size);
        return file;
    }

    public void Found(long bytes) => Change(now => now with { FilesTotal = now.FilesTotal + 1, BytesTotal = now.BytesTotal + bytes });

    public void Done(long bytes) => Change(now => now with { FilesDone = now.FilesDone + 1, BytesDone = now.BytesDone + bytes });

    public void Fail(OriginPath path, Errno errno) =>
        Change(now => now with { Failed = now.Failed + 1, LastErrno = errno, Current = path });

    private void Change(Func<PrefetchProgress, PrefetchProgress> change)
    {
        lock (_gate)
            _now = change(_now);
    }
}
