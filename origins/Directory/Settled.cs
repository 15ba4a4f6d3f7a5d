using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>Waits until a file's times are old enough to tell the next change from the last one.</summary>
/// <remarks>
/// A kernel before Linux 6.13 gives two changes within one tick the same times, so a file read right after a change could change once
/// more without looking any different. Bytes are therefore read a tick after the last change: from then on, equal times are equal bytes.
/// </remarks>
internal static class Settled
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10); // the longest that a kernel is built with: HZ=100

    /// <returns>the facts of the file, after a tick where its last change is younger than that</returns>
    internal static async ValueTask<Result<FileFacts>> FactsAsync(SafeFd file, TimeProvider time, CancellationToken cancel)
    {
        Result<FileFacts> facts = Directories.FactsOf(file);
        if (!facts.IsOk || !IsYoung(facts.Value, time.GetUtcNow()))
            return facts;
        await Task.Delay(Tick, time, cancel).ConfigureAwait(false);
        return Directories.FactsOf(file);
    }

    /// <summary>Of times in the future, which are another machine's, nothing can be told: they are taken as they are.</summary>
    private static bool IsYoung(in FileFacts facts, DateTimeOffset now) =>
        TimeSpan.FromTicks((now - DateTimeOffset.UnixEpoch).Ticks - (facts.CtimeNs / 100)).Duration() <= Tick;
}
