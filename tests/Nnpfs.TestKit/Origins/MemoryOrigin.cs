using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.TestKit.Origins;

/// <summary>An origin in memory, for tests: files and symlinks by path, directories by implication; counted, stoppable, breakable.</summary>
/// <remarks>Each change of a file is a new, strong validator. <see cref="Gate"/> stops requests until a test lets them on.</remarks>
public sealed class MemoryOrigin : IOrigin
{
    private readonly ConcurrentDictionary<string, Held> _items = new(StringComparer.Ordinal);
    private int _lastVersion;
    private int _facts, _listings, _reads;
    private long _bytesRead;

    public OriginInfo Info { get; set; } = new("memory", IsRemote: false);

    /// <summary>Sets a file's content.</summary>
    [System.Runtime.CompilerServices.IndexerName("Content")] // not Item: that is a class here
    public byte[] this[string path]
    {
        set => Set(path, value);
    }

    /// <summary>Every request fails with it; zero = none does.</summary>
    public Errno FailWith { get; set; }

    /// <summary>Asked before each request is answered; a test may wait in it. The text is "facts a/b", "list a" or "read a/b".</summary>
    public Func<string, CancellationToken, Task>? Gate { get; set; }

    public TimeSpan? FreshFor { get; set; }

    /// <summary>Whether a listing tells the facts of its entries.</summary>
    public bool ListsFacts { get; set; } = true;

    public bool StrongValidators { get; set; } = true;

    /// <summary>Whether files are said to come from their start only.</summary>
    public bool Streamed { get; set; }

    public int Facts => _facts;

    public int Listings => _listings;

    public int Reads => _reads;

    public int Requests => _facts + _listings + _reads;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public void Set(string path, byte[] content) => _items[path] = new(OriginKind.File, content, Interlocked.Increment(ref _lastVersion));

    public void SetLink(string path, string target) =>
        _items[path] = new(OriginKind.Symlink, Encoding.UTF8.GetBytes(target), Interlocked.Increment(ref _lastVersion));

    public void SetDirectory(string path) => _items[path] = new(OriginKind.Directory, [], Interlocked.Increment(ref _lastVersion));

    public bool Remove(string path)
    {
        foreach (string beneath in _items.Keys.Where(key => key.StartsWith(path + "/", StringComparison.Ordinal)))
            _items.TryRemove(beneath, out _);
        return _items.TryRemove(path, out _);
    }

    public async ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel)
    {
        Interlocked.Increment(ref _facts);
        if (await PassAsync("facts", path, cancel) is var failed && failed != 0)
            return failed;
        return Find(path.ToString()) is { } item ? FactsOf(item) : MissingAt(path);
    }

    public async ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        Interlocked.Increment(ref _listings);
        if (await PassAsync("list", directory, cancel) is var failed && failed != 0)
            return failed;
        if (Find(directory.ToString()) is not { } item)
            return Errno.ENOENT;
        if (item.Kind != OriginKind.Directory)
            return Errno.ENOTDIR;
        string prefix = directory.IsRoot ? "" : directory + "/";
        IEnumerable<string> names = _items.Keys
            .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length)
            .Select(key => key[prefix.Length..].Split('/')[0]).Distinct();
        OriginEntry[] entries = [.. names.Select(name => EntryOf(name, Find(prefix + name)!))];
        return new OriginListing(entries, default) { FreshFor = FreshFor };
    }

    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        Interlocked.Increment(ref _reads);
        if (await PassAsync("read", read.Path, cancel) is var failed && failed != 0)
            return failed;
        if (Find(read.Path.ToString()) is not { Kind: OriginKind.File } item)
            return Errno.ENOENT;
        if (!read.Validator.IsEmpty && read.Validator.Value != FactsOf(item).Validator.Value)
            return Errno.ESTALE;
        long start = Math.Min(read.Offset, item.Content.Length), end = Math.Min(read.Offset + read.Length, item.Content.Length);
        Interlocked.Add(ref _bytesRead, end - start);
        return start == end ? 0 : await sink.TakeAsync(start, item.Content.AsMemory((int)start, (int)(end - start)));
    }

    public ValueTask DisposeAsync() => default;

    private async Task<Errno> PassAsync(string what, OriginPath path, CancellationToken cancel)
    {
        if (Gate is { } gate)
            await gate($"{what} {path}", cancel);
        return FailWith;
    }

    private Held? Find(string path) =>
        _items.TryGetValue(path, out Held? item) ? item
        : path.Length == 0 || _items.Keys.Any(key => key.StartsWith(path + "/", StringComparison.Ordinal)) ? new(OriginKind.Directory, [], 0)
        : null;

    private Errno MissingAt(OriginPath path) =>
        !path.IsRoot && Find(path.Parent.ToString()) is { Kind: not OriginKind.Directory } ? Errno.ENOTDIR : Errno.ENOENT;

    private OriginEntry EntryOf(string name, Held item) =>
        new(Encoding.UTF8.GetBytes(name), item.Kind, ListsFacts ? FactsOf(item) : null);

    private OriginFacts FactsOf(Held item) => new()
    {
        Kind = item.Kind,
        Size = item.Kind == OriginKind.File ? item.Content.Length : 0,
        MtimeNs = item.Version * 1_000_000_000L,
        Target = item.Kind == OriginKind.Symlink ? item.Content : default(ReadOnlyMemory<byte>),
        Validator = item.Kind == OriginKind.File
            ? new(string.Create(CultureInfo.InvariantCulture, $"v{item.Version}"), StrongValidators)
            : default,
        FreshFor = FreshFor,
        Streamed = Streamed && item.Kind == OriginKind.File,
    };

    private sealed record Held(OriginKind Kind, byte[] Content, int Version);
}
