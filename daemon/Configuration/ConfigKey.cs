namespace Nnpfs.Daemon.Configuration;

/// <summary>One row of a table of keys: its name, its default as a person would write it, and where its value goes.</summary>
/// <param name="Name">as it stands in the file</param>
/// <param name="Default">the text that means the same as leaving the key out</param>
/// <param name="Expected">what a value looks like</param>
/// <param name="TrySet">false: the text is no such value, and nothing was set</param>
internal sealed record ConfigKey<TOptions>(string Name, string Default, string Expected, Func<TOptions, string, bool> TrySet)
{
    public static ConfigKey<TOptions> Of<T>(string name, string @default, ValueKind<T> kind, Action<TOptions, T> set) =>
        new(name, @default, kind.Expected, (options, text) =>
        {
            ValueKind<T>.Parsed parsed = kind.Parse(text);
            if (parsed.Ok)
                set(options, parsed.Value);
            return parsed.Ok;
        });
}
