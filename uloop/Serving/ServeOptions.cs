using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Serving;

/// <summary>One device to attach, as the command line has it.</summary>
/// <param name="Device">/dev/loopN; null: any that is free</param>
/// <param name="Origin">URL, or absolute path</param>
internal sealed record ServeOptions(int? Device, string Origin)
{
    public string? Cache { get; init; }

    public string? Bitmap { get; init; }

    /// <summary>Options of the origin, by key.</summary>
    public IReadOnlyDictionary<string, string> OriginOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>512 or 4096.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Fetch the pages that are read, and none ahead.</summary>
    public bool Exact { get; init; }

    /// <summary>How long a read goes on trying when the origin is away.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(300);

    public string Name => Device is { } number ? Posix.LoopDevice.PathOf(number) : "auto";

    /// <summary>Bytes of the device: the data, and zeros up to a sector.</summary>
    public long SizeOf(Image image) => (image.Source.Content.Size + SectorSize - 1) / SectorSize * SectorSize;
}
