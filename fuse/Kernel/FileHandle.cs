using System.Globalization;

namespace Nnpfs.Fuse.Kernel;

/// <summary>Names one open file or directory: chosen by the driver at OPEN, given back by RELEASE, hostile in between.</summary>
internal readonly record struct FileHandle(ulong Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
