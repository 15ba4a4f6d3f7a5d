using System.Diagnostics;
using System.Globalization;

namespace Nnpfs.TestKit;

/// <summary>Waiting with a limit. Limits are generous: they end a test that hangs, and judge no speed.</summary>
public static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Polls until the condition holds.</summary>
    /// <param name="condition">true ends the wait</param>
    /// <param name="what">is waited for: the text of the failure</param>
    /// <param name="limit">null = <see cref="Limit"/></param>
    public static async Task UntilAsync(Func<bool> condition, string what, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (limit ?? Limit))
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"waited {(limit ?? Limit).TotalSeconds:0.#} s: {what}"));
            await Task.Delay(20);
        }
    }

    /// <summary>As the other, for a condition that waits itself.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (limit ?? Limit))
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"waited {(limit ?? Limit).TotalSeconds:0.#} s: {what}"));
            await Task.Delay(20);
        }
    }

    /// <summary>Runs a call that may hang in the kernel on a thread of its own.</summary>
    /// <param name="call">what to run</param>
    /// <param name="whenLate">called when the limit has passed, to set the thread free; then TimeoutException is thrown</param>
    /// <param name="limit">null = <see cref="Limit"/></param>
    public static async Task<T> GuardAsync<T>(Func<T> call, Action whenLate, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(whenLate);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Complete(call, done)) { IsBackground = true, Name = "guarded access" };
        thread.Start();
        try
        {
            return await done.Task.WaitAsync(limit ?? Limit);
        }
        catch (TimeoutException)
        {
            whenLate();
            throw;
        }
    }

    private static void Complete<T>(Func<T> call, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(call());
        }
        catch (Exception surprise)
        {
            done.SetException(surprise);
        }
    }
}
