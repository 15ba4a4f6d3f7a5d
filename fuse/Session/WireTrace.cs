using Microsoft.Extensions.Logging;

namespace Nnpfs.Fuse.Session;

/// <summary>Shows every message between the kernel and us as bytes. Switched at run time; costs one read of a flag while off.</summary>
internal sealed class WireTrace(ILogger log)
{
    private const int Shown = 160; // bytes: headers and names, no content to speak of

    private volatile bool _enabled;

    public bool Enabled
    {
        get => _enabled;
        set => _enabled = value;
    }

    public void FromKernel(ReadOnlySpan<byte> message) => Show("<-", message);

    public void ToKernel(ReadOnlySpan<byte> message) => Show("->", message);

    private void Show(string direction, ReadOnlySpan<byte> message)
    {
        if (_enabled)
            log.Wire(direction, message.Length, Convert.ToHexStringLower(message[..Math.Min(message.Length, Shown)]));
    }
}
