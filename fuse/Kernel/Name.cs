using System.Text;

namespace Nnpfs.Fuse.Kernel;

/// <summary>A name in a request: bytes without NUL and never empty, cut from the request's own buffer.</summary>
/// <remarks>Valid until the request is answered; copy what must live longer. May hold "/" or be too long where the kernel is
/// hostile: who resolves it checks. Nothing here decodes the bytes but <see cref="ToString"/>, which is for people.</remarks>
internal readonly struct Name(ReadOnlyMemory<byte> bytes)
{
    /// <summary>NAME_MAX of Linux: the longest name that an entry can have, in bytes.</summary>
    public const int MaxLength = 255;

    public ReadOnlyMemory<byte> Memory => bytes;

    public ReadOnlySpan<byte> Bytes => bytes.Span;

    public int Length => bytes.Length;

    public override string ToString() => Encoding.UTF8.GetString(Bytes);
}
