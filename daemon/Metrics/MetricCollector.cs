using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Nnpfs.Daemon.Metrics;

/// <summary>Adds up what the instruments of some meters report, from its making to its end.</summary>
internal sealed class MetricCollector : IDisposable
{
    private readonly ConcurrentDictionary<Instrument, Family> _families = new();
    private readonly MeterListener _listener = new();

    /// <param name="meters">the only ones that are listened to; <see cref="Instruments.Meter"/> belongs among them</param>
    public MetricCollector(params IReadOnlyList<Meter> meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!meters.Contains(instrument.Meter))
                return;
            Family family = _families.GetOrAdd(instrument, static made => new(made));
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.Start();
    }

    /// <summary>Everything at this moment, by name. Gauges are asked now.</summary>
    public IReadOnlyList<MetricSample> Collect()
    {
        foreach (Family family in _families.Values)
            family.ForgetGauges();
        _listener.RecordObservableInstruments();
        return [.. _families.Values.Select(family => family.Sample()).OrderBy(sample => sample.Name, StringComparer.Ordinal)];
    }

    public void Dispose() => _listener.Dispose();
}
