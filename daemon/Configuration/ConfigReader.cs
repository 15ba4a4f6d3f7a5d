using Nnpfs.Origins;

namespace Nnpfs.Daemon.Configuration;

/// <summary>Reads the configuration: text to options, or to a list of what must be put right.</summary>
internal static class ConfigReader
{
    private static readonly string[] SectionKinds = ["arlad", "volume"];

    /// <summary>Reads a whole file's text. Each problem names file and line, and the nearest key where one is unknown.</summary>
    public static ArladOptions Parse(string file, string text, List<ConfigProblem> problems)
    {
        ArladOptions options = Defaults(new ArladOptions(), ArladKeys.All);
        foreach (IniSection section in IniFile.Parse(file, text, problems))
        {
            if (section.Kind == "arlad" && section.Name.Length == 0)
                Apply(file, section, options, ArladKeys.All, problems);
            else if (section.Kind == "volume")
                AddVolume(file, section, options, problems);
            else
                problems.Add(new(file, section.Line, Unknown("section", section.Kind, SectionKinds)));
        }
        CheckWhole(file, options, problems);
        return options;
    }

    private static void AddVolume(string file, IniSection section, ArladOptions options, List<ConfigProblem> problems)
    {
        VolumeOptions volume = Defaults(new VolumeOptions { Name = section.Name, Line = section.Line }, VolumeKeys.All);
        volume.Mounters = null; // the defaults of the table have made one that allows nobody
        IniKey? origin = section.Keys.Find(key => key.Name == "origin");
        OriginType? type = origin is null ? null : OriginTable.Find(origin.Value);
        Apply(file, section, volume, [.. VolumeKeys.All, .. OriginKeys(type)], problems);
        if (!IsVolumeName(section.Name))
            problems.Add(new(file, section.Line, "a volume needs a name of letters, digits, \".\", \"_\" and \"-\": [volume NAME]"));
        else if (options.Volumes.Exists(v => v.Name == section.Name))
            problems.Add(new(file, section.Line, $"a second volume \"{section.Name}\""));
        else if (origin is null)
            problems.Add(new(file, section.Line, $"volume \"{section.Name}\" has no \"origin\""));
        else if (type is null)
            problems.Add(new(file, origin.Line, $"\"origin\" must be an absolute path or an http:// or https:// URL, not \"{origin.Value}\""));
        foreach (IniKey key in section.Keys)
            volume.Lines.TryAdd(key.Name, key.Line);
        options.Volumes.Add(volume);
    }

    /// <summary>What one type of origin takes besides; the origin itself judges the values when it is made.</summary>
    private static IEnumerable<ConfigKey<VolumeOptions>> OriginKeys(OriginType? type) =>
        (type?.Settings ?? []).Select(setting => new ConfigKey<VolumeOptions>(setting.Key, setting.Default, setting.Help, (volume, text) =>
        {
            volume.OriginOptions[setting.Key] = text;
            return true;
        }));

    /// <summary>What no single key can tell.</summary>
    private static void CheckWhole(string file, ArladOptions options, List<ConfigProblem> problems)
    {
        if (options.LowWater >= options.HighWater)
            problems.Add(new(file, 1, "\"low-water\" must be below \"high-water\""));
        if (options.Volumes.Count == 0)
            problems.Add(new(file, 1, "no [volume NAME] section: there is nothing to serve"));
    }

    private static T Defaults<T>(T options, IReadOnlyList<ConfigKey<T>> keys)
    {
        foreach (ConfigKey<T> key in keys)
            key.TrySet(options, key.Default);
        return options;
    }

    private static void Apply<T>(string file, IniSection section, T options, IReadOnlyList<ConfigKey<T>> keys, List<ConfigProblem> problems)
    {
        HashSet<string> seen = [];
        foreach (IniKey given in section.Keys)
        {
            ConfigKey<T>? key = keys.FirstOrDefault(k => k.Name == given.Name);
            if (key is null)
                problems.Add(new(file, given.Line, Unknown("key", given.Name, keys.Select(k => k.Name))));
            else if (!seen.Add(given.Name))
                problems.Add(new(file, given.Line, $"\"{given.Name}\" a second time in this section"));
            else if (!key.TrySet(options, given.Value))
                problems.Add(new(file, given.Line, $"\"{given.Name}\" must be {key.Expected}, not \"{given.Value}\""));
        }
    }

    private static string Unknown(string what, string word, IEnumerable<string> known) =>
        $"unknown {what} \"{word}\"" + (Nearest.To(word, known) is { } guess ? $"; did you mean \"{guess}\"?" : "");

    private static bool IsVolumeName(string name) =>
        name.Length is > 0 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
