namespace Nnpfs.Origins.Filters;

/// <summary>Which requests a <see cref="FaultFilter"/> fails, and how.</summary>
public sealed record FaultRule
{
    /// <summary>What they answer.</summary>
    public Errno Errno { get; init; } = Errno.EIO;

    /// <summary>Of the requests for a path that fits, 0 to 1.</summary>
    public double Share { get; init; }

    /// <summary>Every so manieth request for a path that fits fails as well; 0 = none does.</summary>
    public int Every { get; init; }

    /// <summary>Of the path beneath the origin: "*" stands for any text, "/" included, "?" for one character.</summary>
    public string Path { get; init; } = "*";

    /// <summary>Of the choice by share.</summary>
    public int Seed { get; init; } = 1;

    internal bool IsOn => Share > 0 || Every > 0;
}
