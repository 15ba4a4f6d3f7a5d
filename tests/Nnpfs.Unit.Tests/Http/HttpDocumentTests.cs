using Nnpfs.Origins;
using Nnpfs.Origins.Http;

namespace Nnpfs.Unit.Tests.Http;

/// <summary>The manual has what the program has.</summary>
public sealed class HttpDocumentTests
{
    [Fact]
    public void Every_option_stands_in_the_document_with_its_default_and_its_meaning()
    {
        string text = File.ReadAllText(Find("docs/errors-http.md"));
        foreach (OriginSetting setting in HttpSettings.All)
            Assert.Contains(
                $"| `{setting.Key}` | {(setting.Default.Length == 0 ? "(off)" : setting.Default)} | {setting.Help} |", text, StringComparison.Ordinal);
    }

    private static string Find(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, path)))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder ?? throw new FileNotFoundException(path), path);
    }
}
