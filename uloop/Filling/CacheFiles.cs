using System.Security.Cryptography;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>The open files of one cache, which this process has for itself: the pages, and which of them are filled.</summary>
internal sealed class CacheFiles : IDisposable
{
    private const uint Mode = 0x180; // 0600: an image may hold what its readers may not see

    private CacheFiles(string id, SafeFd cache, BitmapFile bitmap, PageBits bits) => (Id, Cache, Bitmap, Bits) = (id, cache, bitmap, bits);

    /// <summary>As the companion has it: another one is another cache, under the same name as well.</summary>
    public string Id { get; }

    public SafeFd Cache { get; }

    public BitmapFile Bitmap { get; }

    public PageBits Bits { get; }

    /// <summary>Opens the cache of one state of an origin, or makes it. It is never mixed with another.</summary>
    /// <param name="paths">their directories are made where they are missing</param>
    /// <param name="origin">URL or path</param>
    /// <param name="content">its state, as it is now</param>
    /// <param name="files">open, and locked</param>
    /// <returns>null, or why not and what to do about it</returns>
    public static Failure? Open(CachePaths paths, string origin, PageContent content, out CacheFiles? files)
    {
        files = null;
        if (MakeFolders(paths) is { } impossible)
            return impossible;
        if (!Files.Open(paths.Cache, OpenModes.ReadWrite | OpenModes.Create, Mode).TryGet(out SafeFd? cache, out Errno errno))
            return new(ExitStatus.System, $"the cache {paths.Cache} cannot be opened: {errno}");
        Failure? failure = Lock(cache, paths) ?? OpenLocked(cache, paths, origin, content, out files);
        if (files is null)
            cache.Dispose();
        return failure;
    }

    /// <summary>Removes a cache with all that belongs to it. Refuses what is used, and what is no cache of uloop.</summary>
    public static Failure? Discard(CachePaths paths)
    {
        Result<SafeFd> opened = Files.Open(paths.Cache, OpenModes.ReadWrite);
        if (!opened.IsOk && opened.Errno != Errno.ENOENT)
            return new(ExitStatus.System, $"the cache {paths.Cache} cannot be opened: {opened.Errno}");
        using SafeFd? cache = opened.IsOk ? opened.Value : null;
        if (cache is not null && Lock(cache, paths) is { } used)
            return used;
        if (!File.Exists(paths.Companion) && !HasBitmap(paths))
            return new(ExitStatus.System, $"{paths.Cache} is no cache of uloop: neither {paths.Companion} nor {paths.Bitmap} belongs to one. Nothing was removed");
        try
        {
            // The companion last: where this is cut short, what is left is still refused, and can be discarded.
            File.Delete(paths.Cache);
            File.Delete(paths.Bitmap);
            File.Delete(paths.Companion);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(ExitStatus.System, $"the cache {paths.Cache} cannot be removed: {e.Message}");
        }
    }

    public void Dispose()
    {
        Bitmap.Dispose();
        Cache.Dispose();
    }

    private static Failure? MakeFolders(CachePaths paths)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(paths.Cache)!);
            Directory.CreateDirectory(Path.GetDirectoryName(paths.Bitmap)!);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(ExitStatus.System, $"there is no place for the cache: {e.Message}; choose one with -c and -b");
        }
    }

    private static Failure? Lock(SafeFd cache, CachePaths paths) => Disk.TryTake(cache) switch
    {
        0 => null,
        Errno.EWOULDBLOCK or Errno.EACCES => new(ExitStatus.System, $"the cache {paths.Cache} is used by another process: see uloop status"),
        var errno => new(ExitStatus.System, $"the cache {paths.Cache} cannot be locked: {errno}"),
    };

    private static Failure? OpenLocked(SafeFd cache, CachePaths paths, string origin, PageContent content, out CacheFiles? files)
    {
        files = null;
        Companion? companion = Companion.Load(paths.Companion, out string? problem);
        if (problem is not null)
            return Refuse(paths, $"{paths.Companion} {problem}");
        long length = content.Pages * content.PageSize;
        if (!Disk.Extent(cache).TryGet(out FileExtent extent, out Errno errno))
            return new(ExitStatus.System, $"the cache {paths.Cache} cannot be read: {errno}");
        if (!extent.IsRegular)
            return new(ExitStatus.Usage, $"the cache {paths.Cache} is no plain file");
        if (companion is null)
            return Create(cache, paths, origin, content, extent, out files);
        if (companion.DiffersFrom(origin, content) is { } difference)
            return Refuse(paths, $"the cache {paths.Cache} {difference}");
        if (extent.Length != length)
            return Refuse(paths, $"the cache {paths.Cache} is truncated: {length} bytes are expected, it has {extent.Length}");
        var bits = new PageBits(content.Pages);
        if (!Files.Open(paths.Bitmap, OpenModes.ReadWrite).TryGet(out SafeFd? file, out errno))
            return Refuse(paths, $"the bitmap {paths.Bitmap} of the cache {paths.Cache} cannot be opened: {errno}");
        if (BitmapFile.Load(file, bits, Convert.FromHexString(companion.Id), out problem) is { } bitmap)
            files = new CacheFiles(companion.Id, cache, bitmap, bits);
        else
            file.Dispose();
        return problem is null ? null : Refuse(paths, $"the bitmap {paths.Bitmap} {problem}");
    }

    private static Failure? Create(SafeFd cache, CachePaths paths, string origin, PageContent content, FileExtent extent, out CacheFiles? files)
    {
        files = null;
        // What holds nothing may be left of a start that was cut short; anything else is somebody's.
        if (extent.Allocated > 0)
            return new(ExitStatus.System, $"{paths.Cache} holds something, and has no companion file {paths.Companion}: it is no cache of uloop. Choose another one with -c");
        if (!Files.Open(paths.Bitmap, OpenModes.ReadWrite | OpenModes.Create, Mode).TryGet(out SafeFd? file, out Errno errno))
            return new(ExitStatus.System, $"the bitmap {paths.Bitmap} cannot be opened: {errno}");
        byte[] id = RandomNumberGenerator.GetBytes(16);
        var bits = new PageBits(content.Pages);
        BitmapFile? bitmap = null;
        if (!BitmapFile.IsEmpty(file))
        {
            file.Dispose();
            return new(ExitStatus.System, $"{paths.Bitmap} holds something, and there is no cache {paths.Cache} that it belongs to. Choose another one with -b, or remove it");
        }
        if ((errno = Files.SetLength(cache, content.Pages * content.PageSize)) == 0 && (errno = Files.Sync(cache)) == 0
            && BitmapFile.Create(file, bits, id).TryGet(out bitmap, out errno))
        {
            errno = CompanionOf(origin, content, id).Save(paths.Companion); // last: from here on it is a cache
        }
        if (errno == 0)
            files = new CacheFiles(Convert.ToHexStringLower(id), cache, bitmap!, bits);
        else
            file.Dispose();
        return errno switch
        {
            0 => null,
            Errno.EFBIG => new(ExitStatus.System, $"{content.Size} bytes are more than a file can have where the cache {paths.Cache} is; choose another place with -c"),
            _ => new(ExitStatus.System, $"the cache {paths.Cache} cannot be made: {errno}"),
        };
    }

    private static Companion CompanionOf(string origin, PageContent content, byte[] id) => new()
    {
        Id = Convert.ToHexStringLower(id),
        Origin = origin,
        Validator = content.Validator.Value,
        IsStrong = content.Validator.IsStrong,
        Size = content.Size,
        PageSize = content.PageSize,
    };

    private static bool HasBitmap(CachePaths paths)
    {
        if (!Files.Open(paths.Bitmap, OpenModes.ReadOnly).TryGet(out SafeFd? file, out _))
            return false;
        using (file)
            return BitmapFile.IsOne(file);
    }

    private static Failure Refuse(CachePaths paths, string what) =>
        new(ExitStatus.System, $"{what}. To drop what is cached and begin anew: uloop discard -c {paths.Cache} -b {paths.Bitmap}");
}
