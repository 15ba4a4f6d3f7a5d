using System.Text.Json;
using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Reference;

/// <summary>docs/nnpfsctl-json.md, and what of it has been met.</summary>
internal sealed partial class JsonReference
{
    private const string Document = "docs/nnpfsctl-json.md";

    private readonly HashSet<string> _met = [];

    public static string[] Commands { get; } = [.. MarkdownTable.Rows(Document).SelectMany(row => row[0].Split(' ')[0].TrimEnd(',') == "stats" ? (string[])["stats", "top"] : [row[0].Split(' ')[0]])];

    /// <summary>Objects that are described, and that no output had.</summary>
    public IEnumerable<string> NotMet => MarkdownTable.Headings(Document, 3).Except(_met);

    /// <summary>What a command prints, by the first table.</summary>
    public static string ObjectOf(string command) =>
        Linked(MarkdownTable.Rows(Document).Single(row => row[0].Split(' ', ',')[0] == command)[1])!;

    /// <summary>The object has the fields that are described, all of them and no other, and they have their types.</summary>
    public void Check(string name, JsonElement found)
    {
        _met.Add(name);
        Dictionary<string, string> fields = MarkdownTable.Rows(Document, name).ToDictionary(row => row[0], row => row[1]);
        string[] present = [.. found.EnumerateObject().Select(field => field.Name)];
        string[] expected = [.. fields.Keys, .. present.Where(field => IsBase64Of(field, fields))];
        Assert.True(expected.Order().SequenceEqual(present.Order()), $"{name}: {found}\ndocumented: {string.Join(' ', expected)}");
        foreach ((string field, string type) in fields)
            CheckType($"{name}.{field}", type, found.GetProperty(field));
    }

    private void CheckType(string where, string type, JsonElement value)
    {
        if (type.StartsWith("array of ", StringComparison.Ordinal))
        {
            Assert.True(value.ValueKind == JsonValueKind.Array, $"{where}: {value.ValueKind}");
            foreach (JsonElement element in value.EnumerateArray())
                CheckType($"{where}[]", type["array of ".Length..], element);
        }
        else if (Linked(type) is { } name)
        {
            if (value.ValueKind != JsonValueKind.Null)
                Check(name, value);
        }
        else
        {
            Assert.True(IsA(type, value), $"{where} should be {type}: {value}");
        }
    }

    private static bool IsA(string type, JsonElement value) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "string, hex" => value.ValueKind == JsonValueKind.String && Hex().IsMatch(value.GetString()!),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => false,
    };

    private static bool IsBase64Of(string field, Dictionary<string, string> fields) =>
        field.EndsWith("_base64", StringComparison.Ordinal) && fields.GetValueOrDefault(field[..^"_base64".Length]) == "string";

    private static string? Linked(string cell) => Link().Match(cell) is { Success: true } link ? link.Groups[1].Value : null;

    [GeneratedRegex(@"^\[(\w+)\]\(#\w+\)")]
    private static partial Regex Link();

    [GeneratedRegex("^[0-9a-f]+$")]
    private static partial Regex Hex();
}
