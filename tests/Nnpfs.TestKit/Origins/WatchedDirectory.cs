using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.TestKit.Origins;

/// <summary>A directory origin over real files that somebody listens to. Nothing is told until the test moves the clock.</summary>
public sealed class WatchedDirectory : IAsyncDisposable
{
    private const string Marks = ".marks";

    private readonly Lock _gate = new();
    private readonly List<OriginChange?> _told = []; // guarded by _gate
    private readonly CancellationTokenSource _end = new();
    private readonly Scratch _scratch = new();
    private readonly Task _listening;
    private int _marks;

    /// <param name="options">of the origin: key, value, key, value ...</param>
    public WatchedDirectory(params string[] options)
    {
        Root = _scratch.Directory("origin");
        Outside = _scratch.Directory("outside");
        var table = options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        Origin = OriginTable.Make(new OriginSource(Root, table, Log, Clock)).Origin!;
        Directory.CreateDirectory(At(Marks));
        _listening = ListenAsync();
    }

    public string Root { get; }

    /// <summary>Another directory of the same file system.</summary>
    public string Outside { get; }

    public ManualTime Clock { get; } = new();

    public TextLogger Log { get; } = new();

    public IOrigin Origin { get; }

    public string At(string path) => Path.Combine(Root, path);

    public Task<Result<OriginFacts>> FactsAsync(string path) => Origin.FactsAsync(path);

    /// <summary>Lists it, and so has it watched.</summary>
    public async Task LookAsync(params string[] directories)
    {
        foreach (string directory in directories)
            Assert.Equal((Errno)0, (await Origin.ListAsync(directory)).Errno);
    }

    /// <summary>Everything that was told since the last time, in order of events; null stands for everything.</summary>
    public async Task<IReadOnlyList<OriginChange?>> ToldAsync()
    {
        await MarkAsync();
        await MarkAsync(); // in a later tick, so that all of the first mark's tick is here
        lock (_gate)
        {
            OriginChange?[] told = [.. _told.Where(change => change?.Path.ToString().StartsWith(Marks, StringComparison.Ordinal) != true)];
            _told.Clear();
            return told;
        }
    }

    /// <summary>As the other, for people: paths in order, "/" behind those that are deep, "*" for everything.</summary>
    public async Task<string> NamesToldAsync() => string.Join(
        ' ', (await ToldAsync()).Select(change => change is null ? "*" : change.Path + (change.Deep ? "/" : "")).Distinct().Order(StringComparer.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        await Origin.DisposeAsync();
        _end.Dispose();
        _scratch.Dispose();
    }

    /// <summary>Changes something that is watched, and waits until that is told: so is all that happened before.</summary>
    private async Task MarkAsync()
    {
        await LookAsync(Marks);
        int known;
        lock (_gate)
            known = _told.Count;
        string mark = $"{Marks}/{++_marks}";
        await File.WriteAllTextAsync(At(mark), "");
        await Patience.UntilAsync(
            () =>
            {
                Clock.Step(TimeSpan.FromMilliseconds(200));
                lock (_gate)
                    return _told.Skip(known).Any(change => change is null || change.Path.ToString() == mark);
            },
            "the mark was told");
    }

    private async Task ListenAsync()
    {
        try
        {
            await foreach (OriginChange? change in ((IWatchingOrigin)Origin).WatchAsync(_end.Token))
            {
                lock (_gate)
                    _told.Add(change);
            }
        }
        catch (OperationCanceledException)
        {
            // the test ends
        }
    }
}
