using System.Text.Json;
using Nnpfs.Posix;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Devices;

/// <summary>What is known of one attached device, in /run: enough to find it again, and to go on with it, when its process was killed.</summary>
internal sealed record DeviceState
{
    public const string Folder = "/run/uloop";

    public int Version { get; init; } = 1;

    /// <summary>N of /dev/loopN.</summary>
    public required int Number { get; init; }

    public required string Origin { get; init; }

    public required string Cache { get; init; }

    public required string Bitmap { get; init; }

    /// <summary>The id of the cache: another cache of that name shows other data.</summary>
    public required string CacheId { get; init; }

    public required ProcessKey Server { get; init; }

    /// <summary>Keeps the connection with the kernel; null: there is none.</summary>
    public ProcessKey? Holder { get; init; }

    /// <summary>The file of the private mount, as the kernel names it.</summary>
    public LoopFile? Mount { get; init; }

    /// <summary>Bytes of the largest read, as agreed with the kernel.</summary>
    public int MaxReply { get; init; }

    /// <summary>KiB that the kernel read ahead on the device before it was ours; put back in the end.</summary>
    public int ReadAhead { get; init; }

    public string Device => LoopDevice.PathOf(Number);

    /// <summary>Where the process of the device listens.</summary>
    public string Socket => Path.Combine(FolderOf(Number), "control");

    public static string FolderOf(int number) => Path.Combine(Folder, $"loop{number}");

    /// <summary>Every device, in order; what cannot be read is passed over.</summary>
    public static IReadOnlyList<DeviceState> All() => !Directory.Exists(Folder)
        ? []
        : [.. Directory.EnumerateDirectories(Folder).Select(folder => Load(FileOf(folder))).OfType<DeviceState>().OrderBy(state => state.Number)];

    /// <summary>The device that shows a cache, or did when its process was killed.</summary>
    public static DeviceState? OfCache(string cache) => All().FirstOrDefault(state => state.Cache == cache);

    public static DeviceState? Of(int number) => Load(FileOf(FolderOf(number)));

    public Errno Save()
    {
        Directory.CreateDirectory(FolderOf(Number));
        return WholeFile.Write(FileOf(FolderOf(Number)), JsonSerializer.SerializeToUtf8Bytes(this, UloopJson.Default.DeviceState), 0x180);
    }

    public void Remove()
    {
        if (Directory.Exists(FolderOf(Number)))
            Directory.Delete(FolderOf(Number), recursive: true);
    }

    /// <summary>What the device reads now.</summary>
    /// <remarks>
    /// While reads wait for a process that was killed, the device is not opened: one who is killed in such a read keeps the
    /// device's lock until he is answered, and whoever opens it waits for that. A root of a mount is nobody else's device.
    /// </remarks>
    public DeviceWay Way()
    {
        string path = Queue.FileOf(Number);
        if (path.Length == 0)
            return DeviceWay.None;
        if (path == "/" && (Holder?.IsAlive() ?? false))
            return DeviceWay.Process;
        if (!LoopDevice.Open(Number).TryGet(out LoopDevice? device, out _))
            return DeviceWay.None;
        using (device)
        {
            if (!device.File().TryGet(out LoopFile file, out _))
                return DeviceWay.None;
            return file == Mount ? DeviceWay.Process : IsCache(file) ? DeviceWay.Cache : DeviceWay.None;
        }
    }

    private bool IsCache(LoopFile file)
    {
        if (!Files.Open(Cache, OpenModes.Path).TryGet(out SafeFd? cache, out _))
            return false;
        using (cache)
            return LoopFile.Of(cache) is { IsOk: true, Value: var its } && its == file;
    }

    private static string FileOf(string folder) => Path.Combine(folder, "state.json");

    private static DeviceState? Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), UloopJson.Default.DeviceState) is { Version: 1 } state ? state : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Who answers the reads of a device.</summary>
internal enum DeviceWay
{
    /// <summary>Nobody: it is not attached, or by somebody else.</summary>
    None,

    /// <summary>A process of ours.</summary>
    Process,

    /// <summary>The kernel, from the cache file.</summary>
    Cache,
}
