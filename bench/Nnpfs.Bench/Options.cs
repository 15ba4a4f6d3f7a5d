using System.Globalization;

namespace Nnpfs.Bench;

/// <summary>What bench/run asks for: KEY=VALUE arguments, whose defaults stand in that script alone.</summary>
internal sealed class Options(IEnumerable<string> arguments)
{
    private readonly Dictionary<string, string> _values = arguments.Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Where data, cache and mounts go.</summary>
    public string Work => _values["work"];

    /// <summary>Where the programs are.</summary>
    public string Programs => _values["bin"];

    public int Rounds => int.Parse(_values["rounds"], CultureInfo.InvariantCulture);

    /// <summary>Bytes of the large file.</summary>
    public long LargeSize => long.Parse(_values["large"], CultureInfo.InvariantCulture) << 20;

    public IReadOnlyList<Mode> Modes =>
    [
        .. _values["modes"].Split(',').Select(name => Mode.All.FirstOrDefault(mode => mode.Name == name)
            ?? throw new ArgumentException($"no mode {name}; the modes are {string.Join(", ", Mode.All.Select(mode => mode.Name))}")),
    ];

    public bool WithPeers => _values["peers"] == "yes";

    /// <summary>Whether a part is measured, or a part of it: all is asked for, or the part itself, or what it is a part of.</summary>
    /// <param name="part">native, first, memory; or of these "first-tree" ...</param>
    public bool Measures(string part) => _values["part"].Split(',').Any(asked =>
        asked == "all" || asked == part || part.StartsWith(asked + "-", StringComparison.Ordinal) || asked.StartsWith(part + "-", StringComparison.Ordinal));

    /// <summary>Where the figures are written.</summary>
    public string Json => _values["json"];

    /// <summary>Where the chart is drawn; empty: nowhere.</summary>
    public string Svg => _values["svg"];

    /// <summary>Figures of an earlier run to compare with; empty: none.</summary>
    public string Earlier => _values["compare"];
}
