using System.Collections.Concurrent;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>Where redirects led, kept for a limited time, so that each path is resolved once and not once for each range.</summary>
internal sealed class RedirectPins(TimeProvider time)
{
    private const int MaxPins = 16384;

    private readonly ConcurrentDictionary<string, Pin> _pins = new(StringComparer.Ordinal);

    public Uri? Find(Uri url) => _pins.TryGetValue(url.OriginalString, out Pin? pin) && pin.Until > time.GetTimestamp() ? pin.Target : null;

    public void Keep(Uri url, Uri target, TimeSpan lifetime)
    {
        if (lifetime <= TimeSpan.Zero)
            return;
        if (_pins.Count >= MaxPins)
            _pins.Clear(); // each comes back with one request
        _pins[url.OriginalString] = new Pin(target, time.GetTimestamp() + (long)(lifetime.TotalSeconds * time.TimestampFrequency));
    }

    public void Forget(Uri url) => _pins.TryRemove(url.OriginalString, out _);

    public void Clear() => _pins.Clear();

    private sealed record Pin(Uri Target, long Until);
}
