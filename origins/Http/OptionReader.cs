using System.Globalization;

namespace Nnpfs.Origins.Http;

/// <summary>Reads options with their defaults, and remembers the first that is wrong.</summary>
internal sealed class OptionReader(IReadOnlyDictionary<string, string> options, IReadOnlyList<OriginSetting> settings)
{
    public OriginProblem? Problem { get; private set; }

    public string Text(string key) => options.TryGetValue(key, out string? value) ? value : settings.First(s => s.Key == key).Default;

    public int Number(string key, int least, int most) =>
        int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : Wrong(key, $"a number from {least} to {most} is expected", least);

    public uint Id(string key) =>
        uint.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : Wrong(key, "a numeric id is expected", 0u);

    /// <summary>Permission bits in octal, as chmod takes them.</summary>
    public uint Mode(string key)
    {
        string text = Text(key);
        return text.Length is > 0 and <= 5 && text.All(c => c is >= '0' and <= '7') && Convert.ToUInt32(text, 8) is <= 0xFFF and var mode
            ? mode
            : Wrong(key, "permissions in octal are expected, 0000 to 7777", 0u);
    }

    public TimeSpan Seconds(string key, int least, int most) => TimeSpan.FromSeconds(Number(key, least, most));

    public bool Flag(string key) => Text(key) switch
    {
        "yes" => true,
        "no" => false,
        _ => Wrong(key, "yes or no is expected", false),
    };

    public T Wrong<T>(string key, string message, T instead)
    {
        Problem ??= new OriginProblem(key, $"'{Text(key)}': {message}");
        return instead;
    }
}
