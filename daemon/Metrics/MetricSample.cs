namespace Nnpfs.Daemon.Metrics;

/// <summary>One metric at one moment.</summary>
/// <param name="Name">of the family</param>
/// <param name="Help">what it means, in one sentence</param>
/// <param name="Type">counter, gauge or histogram</param>
/// <param name="Points">one for each set of labels; of a histogram: one for each bucket, with its sum and its count</param>
internal sealed record MetricSample(string Name, string Help, string Type, IReadOnlyList<MetricPoint> Points);

/// <param name="Suffix">"" or, of a histogram, "_bucket", "_sum", "_count"</param>
/// <param name="Labels">name="value",... escaped, without braces; empty = none</param>
/// <param name="Value">what it counts</param>
internal readonly record struct MetricPoint(string Suffix, string Labels, double Value);
