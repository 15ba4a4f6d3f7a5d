using System.Buffers;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Device;

/// <summary>One block device of this machine: a tree of a single file, whatever path it is asked for by.</summary>
/// <remarks>A block device names no state of its content: its validator tells its number and size, and whoever uses it sees to it that nobody writes
/// to it.</remarks>
public sealed class DeviceOrigin : IOrigin
{
    private const int BufferSize = 1024 * 1024;

    private readonly SafeFd _device;
    private readonly OriginFacts _facts;

    private DeviceOrigin(string path, SafeFd device, OriginFacts facts)
    {
        (_device, _facts) = (device, facts);
        Info = new OriginInfo(path, IsRemote: false);
    }

    public OriginInfo Info { get; }

    /// <param name="path">as people know it</param>
    /// <returns>ENOTBLK: it is no block device; ENOENT, EACCES</returns>
    public static Result<DeviceOrigin> Open(string path)
    {
        if (!Files.Open(path, OpenModes.Path).TryGet(out SafeFd? place, out Errno errno))
            return errno;
        using (place)
        {
            if (!Directories.FactsOf(place).TryGet(out FileFacts facts, out errno))
                return errno;
            if (Directory.FileKind.Of(facts.Mode) != OriginKind.BlockDevice)
                return Errno.ENOTBLK;
            if (!Files.Reopen(place, OpenModes.ReadOnly).TryGet(out SafeFd? device, out errno))
                return errno;
            if (SizeOf(facts.Device) is { } size)
                return new DeviceOrigin(path, device, FactsOf(facts.Device, size));
            device.Dispose();
            return Errno.ENXIO;
        }
    }

    public ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel) => new(_facts);

    public ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel) => new(Errno.ENOTDIR);

    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // a slow device takes its time
        if (!read.Validator.IsEmpty && read.Validator != _facts.Validator)
            return Errno.ESTALE;
        long end = read.Length > _facts.Size - read.Offset ? _facts.Size : read.Offset + read.Length;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(read.Length, 1, BufferSize));
        try
        {
            for (long at = read.Offset; at < end;)
            {
                if (cancel.IsCancellationRequested)
                    return Errno.ECANCELED;
                int wanted = (int)Math.Min(buffer.Length, end - at);
                if (!Files.ReadAt(_device, buffer.AsSpan(0, wanted), at).TryGet(out int count, out Errno errno))
                    return errno;
                if (count < wanted)
                    return Errno.ESTALE; // it has shrunk
                if (await sink.TakeAsync(at, buffer.AsMemory(0, count)).ConfigureAwait(false) is var stop && stop != 0)
                    return stop;
                at += count;
            }
            return 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public ValueTask DisposeAsync()
    {
        _device.Dispose();
        return ValueTask.CompletedTask;
    }

    private static OriginFacts FactsOf(uint number, long size) => new()
    {
        Kind = OriginKind.BlockDevice,
        Size = size,
        Device = number,
        Validator = new(string.Create(CultureInfo.InvariantCulture, $"device {number} {size}"), IsStrong: false),
    };

    /// <remarks>SOURCE: sysfs-block: size is in units of 512 bytes, whatever the device's sectors are.</remarks>
    private static long? SizeOf(uint number)
    {
        uint major = (number >> 8) & 0xFFF, minor = (number & 0xFF) | ((number >> 12) & 0xFFF00);
        string path = string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{major}:{minor}/size");
        try
        {
            return long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture) * 512;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
