namespace Nnpfs.Origins;

/// <summary>Whether what one caller asks of an origin pauses before another try, and why: for a person who wonders what is waited for.</summary>
/// <remarks>It is ambient: whoever asks begins it, the retry filter finds it, and what stands between them knows nothing of it.</remarks>
public sealed class OriginPauses
{
    private static readonly AsyncLocal<OriginPauses?> Ambient = new();

    private int _count; // atomic; one caller may ask two things at once
    private volatile Errno _error;

    internal static OriginPauses? Current => Ambient.Value;

    /// <summary>What the last try failed with, while the next one is waited for; zero = nothing pauses.</summary>
    public Errno Error => Volatile.Read(ref _count) > 0 ? _error : 0;

    /// <summary>Notes the pauses of all that is asked from here to the end of the async method that called this.</summary>
    public void Begin() => Ambient.Value = this;

    internal void Pause(Errno error)
    {
        _error = error;
        Interlocked.Increment(ref _count);
    }

    internal void GoOn() => Interlocked.Decrement(ref _count);
}
