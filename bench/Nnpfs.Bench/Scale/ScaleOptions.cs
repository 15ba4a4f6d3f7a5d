using System.Globalization;

namespace Nnpfs.Bench.Scale;

/// <summary>What bench/scale asks for: KEY=VALUE arguments, whose defaults stand in that script alone.</summary>
internal sealed class ScaleOptions(IEnumerable<string> arguments)
{
    private readonly Dictionary<string, string> _values = arguments.Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Where data, caches and mounts go.</summary>
    public string Work => _values["work"];

    /// <summary>Where the programs are.</summary>
    public string Programs => _values["bin"];

    /// <summary>Nodes of the largest cache; a tenth of them is cached.</summary>
    public long Nodes => Number("nodes");

    /// <summary>Entries of the one large directory.</summary>
    public int Entries => (int)Number("entries");

    public int Mounts => (int)Number("mounts");

    public int Rounds => (int)Number("rounds");

    /// <summary>Where the growth is drawn; empty: nowhere.</summary>
    public string Svg => _values["svg"];

    /// <summary>nodes, directory, readers, huge, mounts; or all.</summary>
    public bool Measures(string part) => _values["part"] is var parts && (parts == "all" || parts.Split(',').Contains(part));

    private long Number(string key) => long.Parse(_values[key], CultureInfo.InvariantCulture);
}
