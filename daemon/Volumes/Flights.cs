using Nnpfs.Origins;

namespace Nnpfs.Daemon.Volumes;

/// <summary>One question for all who ask it at the same time; it is dropped when the last of them has gone.</summary>
/// <typeparam name="TKey">names the question</typeparam>
/// <typeparam name="T">the answer</typeparam>
/// <param name="comparer">of the keys</param>
internal sealed class Flights<TKey, T>(IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Flight> _flights = new(comparer); // guarded by _gate

    /// <summary>Joins the question in flight, or asks it.</summary>
    /// <param name="key">which</param>
    /// <param name="since">a moment; a flight that began before it is of no use to this caller</param>
    /// <param name="ask">runs on the pool; cancelled when nobody waits any more</param>
    /// <param name="waits">told whether another had asked already, and where the pauses of the question can be seen</param>
    /// <param name="cancel">of this caller alone</param>
    public async Task<T> AskAsync(
        TKey key, long since, Func<CancellationToken, Task<T>> ask, Action<bool, OriginPauses> waits, CancellationToken cancel)
    {
        Flight flight;
        lock (_gate)
        {
            bool found = _flights.TryGetValue(key, out Flight? other) && other.Since >= since && other.Waiting > 0;
            flight = found ? other! : _flights[key] = new Flight(since);
            flight.Waiting++;
            waits(found, flight.Pauses);
            if (!found)
                flight.Answer = Task.Run(() => RunAsync(key, flight, ask), CancellationToken.None);
        }
        try
        {
            return await flight.Answer!.WaitAsync(cancel);
        }
        finally
        {
            lock (_gate)
            {
                if (--flight.Waiting == 0)
                    flight.Cancel.CancelAsync();
            }
        }
    }

    private async Task<T> RunAsync(TKey key, Flight flight, Func<CancellationToken, Task<T>> ask)
    {
        flight.Pauses.Begin();
        try
        {
            return await ask(flight.Cancel.Token);
        }
        finally
        {
            lock (_gate)
            {
                if (_flights.TryGetValue(key, out Flight? now) && now == flight)
                    _flights.Remove(key);
            }
        }
    }

    private sealed class Flight(long since)
    {
        public long Since { get; } = since;

        public OriginPauses Pauses { get; } = new();

        public CancellationTokenSource Cancel { get; } = new();

        public Task<T>? Answer { get; set; } // guarded by the owner's gate until it is set

        public int Waiting { get; set; } // guarded by the owner's gate
    }
}
