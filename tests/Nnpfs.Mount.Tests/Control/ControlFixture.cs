using System.Text.Json;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Control;

/// <summary>A mount over a small tree, and nnpfsctl as users start it.</summary>
public sealed class ControlFixture : IAsyncLifetime
{
    public TestMount Mount { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Facilities.Mount is null)
            Mount = await TestMount.StartAsync(new() { Fill = Fill });
    }

    public async Task DisposeAsync()
    {
        if (Mount is not null)
            await Mount.DisposeAsync();
    }

    /// <summary>Runs a command as text, which must succeed.</summary>
    public Task<string> SayAsync(params string[] command) => Mount.Arlad.CommandAsync(command);

    /// <summary>Runs a command with --json, which must succeed and print one object a line.</summary>
    public async Task<JsonElement[]> JsonAsync(params string[] command) =>
        [.. (await Mount.Arlad.CommandAsync([.. command, "--json"])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    private static void Fill(string origin)
    {
        File.WriteAllBytes($"{origin}/a.txt", new byte[100_000]);
        Directory.CreateDirectory($"{origin}/tree/deep");
        for (int i = 0; i < 5; i++)
            File.WriteAllBytes($"{origin}/tree/file{i}", new byte[10_000]);
        File.WriteAllBytes($"{origin}/tree/deep/last", new byte[300_000]);
    }
}
