using System.Buffers;
using System.Runtime.CompilerServices;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>A directory of this machine; in production one that is bound into the jail, read-only.</summary>
/// <remarks>
/// Everything goes by descriptors beneath the root: no symlink is followed, no special file is opened. Mount points inside are
/// crossed, since a bound directory shows what is mounted in it. Facts hold for long while their directory is watched. What inotify
/// does not tell (writes by another name) is why files with several links are not trusted so; docs/semantics.md has what remains.
/// </remarks>
public sealed class DirectoryOrigin : IOrigin, IWatchingOrigin
{
    private const int BufferSize = 1024 * 1024;
    private static readonly TimeSpan FreshWhileWatched = TimeSpan.FromHours(1);

    private readonly SafeFd _root;
    private readonly DirectoryWatches _watches;
    private readonly TimeProvider _time;

    internal DirectoryOrigin(string name, SafeFd root, DirectoryWatches watches, TimeProvider time)
    {
        (_root, _watches, _time) = (root, watches, time);
        Info = new OriginInfo(name, IsRemote: false);
    }

    public OriginInfo Info { get; }

    public ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel)
    {
        bool watched = _watches.Cover(path.Parent); // before the facts are read: what changes from here on is told
        using SafeFd? file = PathWalk.Open(_root, path).TryGet(out SafeFd? opened, out Errno errno) ? opened : null;
        if (file is null)
            return ValueTask.FromResult<Result<OriginFacts>>(errno);
        if (!FactsReader.Read(file, default).TryGet(out OriginFacts? facts, out errno))
            return ValueTask.FromResult<Result<OriginFacts>>(errno);
        if (watched && facts.Kind == OriginKind.Directory)
            return ValueTask.FromResult(Covered(path));
        return ValueTask.FromResult<Result<OriginFacts>>(WithFreshness(facts, watched));
    }

    public async ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // a large directory takes its time
        bool watched = _watches.Cover(directory);
        int newest = _watches.Newest;
        if (!Open(directory, OriginKind.Directory).TryGet(out SafeFd? opened, out Errno errno))
            return errno;
        using SafeFd listed = opened;
        Result<OriginListing> listing = DirectoryLister.List(listed, cancel);
        if (!watched || !listing.IsOk)
            return listing;
        OriginEntry[] entries = [.. listing.Value.Entries.Select(
            entry => entry with { Facts = entry.Facts is { } facts ? Listed(facts, IsTold(directory, entry, newest)) : null })];
        return new OriginListing(entries, listing.Value.Validator) { FreshFor = FreshWhileWatched };
    }

    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        if (!Open(read.Path, OriginKind.File).TryGet(out SafeFd? opened, out Errno errno))
            return errno == Errno.ENOENT && !read.Validator.IsEmpty ? Errno.ESTALE : errno;
        using SafeFd file = opened;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(read.Length, 1, BufferSize));
        try
        {
            return await CopyAsync(file, read, sink, buffer, cancel).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public IAsyncEnumerable<OriginChange?> WatchAsync(CancellationToken cancel) => _watches.WatchAsync(cancel);

    public ValueTask DisposeAsync()
    {
        _watches.Dispose();
        _root.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The facts are compared after each piece was read and before it is handed on: what the sink gets is of one version.</summary>
    private async ValueTask<Errno> CopyAsync(
        SafeFd file, OriginRead read, IOriginSink sink, byte[] buffer, CancellationToken cancel)
    {
        if (!(await Settled.FactsAsync(file, _time, cancel).ConfigureAwait(false)).TryGet(out FileFacts facts, out Errno errno))
            return errno;
        string version = FactsReader.ValueOf(facts);
        if (!read.Validator.IsEmpty && read.Validator.Value != version)
            return Errno.ESTALE;
        long end = read.Length > facts.Size - read.Offset ? facts.Size : read.Offset + read.Length;
        for (long at = read.Offset; at < end;)
        {
            if (cancel.IsCancellationRequested)
                return Errno.ECANCELED;
            int wanted = (int)Math.Min(buffer.Length, end - at);
            if (!Files.ReadAt(file, buffer.AsSpan(0, wanted), at).TryGet(out int count, out errno))
                return errno;
            if (!Directories.FactsOf(file).TryGet(out facts, out errno))
                return errno;
            if (count < wanted || FactsReader.ValueOf(facts) != version)
                return Errno.ESTALE;
            if (await sink.TakeAsync(at, buffer.AsMemory(0, count)).ConfigureAwait(false) is var stop && stop != 0)
                return stop;
            at += count;
        }
        return 0;
    }

    /// <summary>Opens a file or a directory for reading, and never anything else: opening a device or a fifo has effects.</summary>
    private Result<SafeFd> Open(OriginPath path, OriginKind wanted)
    {
        if (!PathWalk.Open(_root, path).TryGet(out SafeFd? opened, out Errno errno))
            return errno;
        using SafeFd found = opened;
        if (!Directories.FactsOf(found).TryGet(out FileFacts facts, out errno))
            return errno;
        if (FileKind.Of(facts.Mode) is var kind && kind != wanted)
            return wanted == OriginKind.Directory ? Errno.ENOTDIR : kind == OriginKind.Directory ? Errno.EISDIR : Errno.EINVAL;
        return Files.Reopen(found, OpenModes.ReadOnly | OpenModes.NonBlock);
    }

    /// <summary>A directory's own times change with its entries, which only a watch of its own sees. So that, and then its facts.</summary>
    private Result<OriginFacts> Covered(OriginPath directory)
    {
        bool watched = _watches.Cover(directory);
        if (!PathWalk.Open(_root, directory).TryGet(out SafeFd? opened, out Errno errno))
            return errno;
        using SafeFd found = opened;
        Result<OriginFacts> facts = FactsReader.Read(found, default);
        return facts.IsOk ? WithFreshness(facts.Value, watched) : facts;
    }

    /// <summary>Of an entry of a watched directory. One that is a directory is not watched merely because it was listed.</summary>
    private bool IsTold(OriginPath directory, OriginEntry entry, int newest) =>
        entry.Kind != OriginKind.Directory || _watches.WasCovered(directory.Join(entry.Name.Span), newest);

    /// <summary>What is not trusted is not as good as the listing that tells it.</summary>
    private static OriginFacts Listed(OriginFacts facts, bool watched)
    {
        OriginFacts listed = WithFreshness(facts, watched);
        return listed.FreshFor is null ? listed with { FreshFor = TimeSpan.Zero } : listed;
    }

    private static OriginFacts WithFreshness(OriginFacts facts, bool watched)
    {
        bool trusted = watched && (facts.Links == 1 || facts.Kind == OriginKind.Directory);
        return trusted ? facts with { FreshFor = FreshWhileWatched } : facts;
    }
}
