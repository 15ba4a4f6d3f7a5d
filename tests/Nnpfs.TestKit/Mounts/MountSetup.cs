namespace Nnpfs.TestKit;

/// <summary>What a test wants of its mount, arlad and volume.</summary>
public sealed record MountSetup
{
    /// <summary>A directory or a URL; null = a new directory, <see cref="TestMount.Origin"/>.</summary>
    public string? Origin { get; init; }

    /// <summary>Puts files into the origin's directory before anything starts.</summary>
    public Action<string>? Fill { get; init; }

    /// <summary>Lines for the volume's section.</summary>
    public string VolumeSettings { get; init; } = "";

    /// <summary>Lines for the [arlad] section.</summary>
    public string Settings { get; init; } = "";

    /// <summary>What starts arlad: see <see cref="TestArlad.StartAsync(string, string, Scratch?, string[])"/>.</summary>
    public string[]? Launcher { get; init; }

    /// <summary>Mount options besides the channel, divided by commas.</summary>
    public string Options { get; init; } = "";
}
