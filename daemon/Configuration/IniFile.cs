namespace Nnpfs.Daemon.Configuration;

/// <summary>Cuts an INI file into sections and keys, each with its line. Knows no key.</summary>
/// <remarks>
/// <c>[section]</c> or <c>[section NAME]</c>, <c>key = value</c>, and comment lines that begin with <c>#</c> or <c>;</c>. A value goes to
/// the end of its line: a "#" in it is part of it (URLs have them).
/// </remarks>
internal static class IniFile
{
    public static IReadOnlyList<IniSection> Parse(string file, string text, List<ConfigProblem> problems)
    {
        List<IniSection> sections = [];
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            if (line[0] == '[')
                AddSection(line, number, sections, problems, file);
            else
                AddKey(line, number, sections, problems, file);
        }
        return sections;
    }

    private static void AddSection(string line, int number, List<IniSection> sections, List<ConfigProblem> problems, string file)
    {
        if (line[^1] != ']')
            problems.Add(new(file, number, $"\"{line}\" has no closing \"]\""));
        string[] words = line.Trim('[', ']').Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        sections.Add(new(words.ElementAtOrDefault(0) ?? "", words.ElementAtOrDefault(1) ?? "", number, []));
    }

    private static void AddKey(string line, int number, List<IniSection> sections, List<ConfigProblem> problems, string file)
    {
        int equals = line.IndexOf('=');
        if (equals <= 0)
            problems.Add(new(file, number, $"\"{line}\" is neither \"[section]\" nor \"key = value\""));
        else if (sections.Count == 0)
            problems.Add(new(file, number, "a key before the first [section]"));
        else
            sections[^1].Keys.Add(new(line[..equals].Trim(), line[(equals + 1)..].Trim(), number));
    }
}

/// <param name="Kind">the word after "["</param>
/// <param name="Name">the rest, or empty</param>
/// <param name="Line">from 1</param>
/// <param name="Keys">in the order of the file</param>
internal sealed record IniSection(string Kind, string Name, int Line, List<IniKey> Keys);

internal sealed record IniKey(string Name, string Value, int Line);

/// <summary>Something in a configuration file that must be put right by a person.</summary>
internal sealed record ConfigProblem(string File, int Line, string Text)
{
    public override string ToString() => $"{File}:{Line}: {Text}";
}
