using System.Text;
using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.TestKit.Origins;

/// <summary>A tree in memory of any names, whose reads a test can hold, change and break at each piece. It counts what is asked of it.</summary>
public sealed class ScriptedOrigin : IOrigin
{
    private readonly Lock _gate = new();
    private readonly Dictionary<OriginPath, ScriptedObject> _objects = []; // guarded by _gate
    private ulong _lastVersion; // guarded by _gate
    private int _factsAsked, _listings, _reads;
    private long _bytes;

    public ScriptedOrigin() => _objects[OriginPath.Root] = New(OriginKind.Directory, []);

    public OriginInfo Info { get; init; } = new("memory", IsRemote: true);

    /// <summary>How long all facts hold; null = the volume's default.</summary>
    public TimeSpan? FreshFor { get; set; }

    /// <summary>What every call answers; zero = the truth.</summary>
    public Errno FailWith { get; set; }

    /// <summary>Bytes handed to the sink at a time.</summary>
    public int PieceSize { get; set; } = 64 * 1024;

    /// <summary>Awaited before each piece is handed over, with its offset: a place to wait, or to change the tree.</summary>
    public Func<OriginPath, long, CancellationToken, Task>? BeforePiece { get; set; }

    public int FactsAsked => Volatile.Read(ref _factsAsked);

    public int Listings => Volatile.Read(ref _listings);

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Handed to sinks.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>A file's content. Setting makes missing directories and the file, or gives it a new version.</summary>
    public byte[] this[string path]
    {
        get => Get(OriginPath.Of(path)).Content;
        set => SetFile(OriginPath.Of(path), value);
    }

    public void SetFile(OriginPath path, byte[] content) => Set(path, New(OriginKind.File, content));

    public void SetDirectory(OriginPath path) => Set(path, New(OriginKind.Directory, []));

    public void SetSymlink(OriginPath path, string target) => Set(path, New(OriginKind.Symlink, Encoding.UTF8.GetBytes(target)));

    /// <summary>Calls for this object answer the errno; zero = they answer again.</summary>
    public void Refuse(OriginPath path, Errno errno)
    {
        lock (_gate)
            _objects[path] = _objects[path] with { Refused = errno };
    }

    /// <summary>Removes an object and all beneath it.</summary>
    public void Remove(OriginPath path)
    {
        lock (_gate)
        {
            foreach (OriginPath gone in _objects.Keys.Where(each => IsWithin(each, path)).ToArray())
                _objects.Remove(gone);
            Touch(path.Parent);
        }
    }

    public ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel)
    {
        Interlocked.Increment(ref _factsAsked);
        Result<ScriptedObject> found = Find(path, cancel);
        return ValueTask.FromResult(found.IsOk ? Result.Of(FactsOf(found.Value)) : found.Errno);
    }

    public ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        Interlocked.Increment(ref _listings);
        lock (_gate)
        {
            if (!Find(directory, cancel).TryGet(out ScriptedObject? found, out Errno errno))
                return ValueTask.FromResult<Result<OriginListing>>(errno);
            if (found.Kind != OriginKind.Directory)
                return ValueTask.FromResult<Result<OriginListing>>(Errno.ENOTDIR);
            OriginEntry[] entries = [.. _objects
                .Where(pair => !pair.Key.IsRoot && pair.Key.Parent == directory)
                .Select(pair => new OriginEntry(pair.Key.Name.ToArray(), pair.Value.Kind, FactsOf(pair.Value)))];
            ulong state = entries.Length == 0 ? 0 : entries.Max(entry => (ulong)entry.Facts!.CtimeNs);
            var validator = new OriginValidator($"{found.Version}-{state}", IsStrong: true);
            return ValueTask.FromResult<Result<OriginListing>>(new OriginListing(entries, validator) { FreshFor = FreshFor });
        }
    }

    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        Interlocked.Increment(ref _reads);
        for (long at = read.Offset; ;)
        {
            if (BeforePiece is { } before)
                await before(read.Path, at, cancel);
            if (!Find(read.Path, cancel).TryGet(out ScriptedObject? found, out Errno errno))
                return errno;
            if (found.Kind != OriginKind.File)
                return found.Kind == OriginKind.Directory ? Errno.EISDIR : Errno.EINVAL;
            if (!read.Validator.IsEmpty && read.Validator != FactsOf(found).Validator)
                return Errno.ESTALE;
            long end = Math.Min(read.Offset + read.Length, found.Content.Length);
            if (at >= end)
                return 0;
            int count = (int)Math.Min(PieceSize, end - at);
            Interlocked.Add(ref _bytes, count);
            if (await sink.TakeAsync(at, found.Content.AsMemory((int)at, count)) is var stop && stop != 0)
                return stop;
            at += count;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Result<ScriptedObject> Find(OriginPath path, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return Errno.ECANCELED;
        if (FailWith != 0)
            return FailWith;
        lock (_gate)
        {
            if (_objects.TryGetValue(path, out ScriptedObject? found))
                return found.Refused == 0 ? found : found.Refused;
            for (OriginPath above = path; !above.IsRoot; above = above.Parent)
            {
                if (_objects.TryGetValue(above.Parent, out ScriptedObject? parent))
                    return parent.Kind == OriginKind.Directory ? Errno.ENOENT : Errno.ENOTDIR;
            }
            return Errno.ENOENT;
        }
    }

    private ScriptedObject Get(OriginPath path)
    {
        lock (_gate)
            return _objects[path];
    }

    private void Set(OriginPath path, ScriptedObject thing)
    {
        lock (_gate)
        {
            if (!path.IsRoot && !_objects.ContainsKey(path.Parent))
                Set(path.Parent, New(OriginKind.Directory, []));
            if (!_objects.ContainsKey(path))
                Touch(path.Parent);
            _objects[path] = thing;
        }
    }

    private void Touch(OriginPath directory) => _objects[directory] = _objects[directory] with { Version = ++_lastVersion };

    private ScriptedObject New(OriginKind kind, byte[] content)
    {
        lock (_gate)
            return new ScriptedObject(kind, content, ++_lastVersion);
    }

    private OriginFacts FactsOf(ScriptedObject thing) => new()
    {
        Kind = thing.Kind,
        Permissions = thing.Kind == OriginKind.Directory ? 0x1EDu : 0x1A4,
        Size = thing.Kind == OriginKind.File ? thing.Content.Length : 0,
        MtimeNs = (long)thing.Version,
        CtimeNs = (long)thing.Version,
        Target = thing.Kind == OriginKind.Symlink ? thing.Content : default,
        Validator = new OriginValidator($"v{thing.Version}", IsStrong: true),
        FreshFor = FreshFor,
    };

    private static bool IsWithin(OriginPath path, OriginPath directory)
    {
        for (OriginPath above = path; ; above = above.Parent)
        {
            if (above == directory)
                return true;
            if (above.IsRoot)
                return false;
        }
    }
}

/// <summary>One thing of a <see cref="ScriptedOrigin"/>: a symlink's content is its target.</summary>
internal sealed record ScriptedObject(OriginKind Kind, byte[] Content, ulong Version, Errno Refused = 0);
