using Mono.Unix.Native;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>Random work on two mounts of one arlad, each answer compared with what the model allows.</summary>
/// <remarks>One seed is one run, but for the order in which reads that run at once reach the driver.</remarks>
internal sealed partial class ModelRun : IAsyncDisposable
{
    /// <summary>NNPFS_MODEL_TRACE=1: both programs log every request and message.</summary>
    private static readonly bool IsTraced = Environment.GetEnvironmentVariable("NNPFS_MODEL_TRACE") == "1";

    private readonly Random _random;
    private readonly OriginDirectory _origin;
    private readonly TestArlad _arlad;
    private readonly TestMount[] _mounts;
    private readonly List<(TestMount Mount, OpenFile File)> _open = [];
    private readonly Queue<string> _latest = new();

    private readonly WebServer? _site;
    private readonly bool _isWeak;
    private readonly PageBook _pages;
    private readonly FetchLog? _log;

    private ModelRun(Random random, OriginDirectory origin, WebServer? site, bool isWeak, TestArlad arlad, TestMount[] mounts)
    {
        (_random, _origin, _site, _isWeak, _arlad, _mounts) = (random, origin, site, isWeak, arlad, mounts);
        _pages = new PageBook(site is null ? OriginDirectory.MaxSize : WebAhead);
        _log = site is null ? null : new FetchLog(site, origin);
    }

    /// <param name="seed">of all that is random</param>
    /// <param name="site">serves the origin, over HTTP; null: a directory</param>
    /// <param name="isWeak">it tells versions by times alone</param>
    /// <param name="options">of both mounts</param>
    public static async Task<ModelRun> StartAsync(int seed, WebServer? site = null, bool isWeak = false, string options = "")
    {
        var random = new Random(seed);
        var scratch = new Scratch();
        var origin = new OriginDirectory(site?.Content ?? scratch.Directory("origin"), random, site is not null);
        origin.Fill();
        string volume = $"[volume test]\norigin = {site?.Url ?? scratch.Path("origin")}\nblock-size = 256K\nrefresh = 1s\nrefresh-absent = 1s\n";
        volume += site is null ? "" : $"max-ahead = {WebAhead}";
        TestArlad arlad = await TestArlad.StartAsync(volume, $"grace = 1s\n{(IsTraced ? "log-level = debug" : "")}", scratch);
        await TraceAsync(arlad);
        options += IsTraced ? ",debug" : "";
        TestMount[] mounts = [await TestMount.StartAsync(arlad, name: "one", options: options), await TestMount.StartAsync(arlad, name: "two", options: options)];
        return new ModelRun(random, origin, site, isWeak, arlad, mounts);
    }

    /// <summary>The latest steps, for the report of a failure.</summary>
    public string Latest => string.Join('\n', _latest);

    /// <summary>One random step.</summary>
    public Task StepAsync() => _random.Next(100) switch
    {
        < 30 => ReadOpenFilesAsync(),
        < 48 => OpenAsync(),
        < 56 => ReadWholeAsync(),
        < 62 => ListAsync(),
        < 68 => LookUpAsync(),
        < 76 => Do(Change),
        < 79 => Do(Remove),
        < 86 => InvalidateAsync(),
        < 89 => WaitForTheWatchAsync(),
        < 93 => Do(CloseOne),
        < 96 => Do(DropKernelCache),
        < 98 => RestartArladUnderReadersAsync(),
        _ => KillDriverAsync(),
    };

    public async ValueTask DisposeAsync()
    {
        foreach ((_, OpenFile file) in _open)
            file.Dispose();
        foreach (TestMount mount in _mounts)
            await mount.DisposeAsync();
        using Scratch scratch = _arlad.Scratch;
        await _arlad.DisposeAsync();
        _site?.Dispose();
    }

    private static Task TraceAsync(TestArlad arlad) => IsTraced ? arlad.CommandAsync("log-level", "--wire", "on") : Task.CompletedTask;

    private void Note(string step)
    {
        _latest.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {step}");
        if (_latest.Count > 40)
            _latest.Dequeue();
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private FileModel AnyFile() => _origin.Files[_random.Next(_origin.Files.Count)];

    private TestMount AnyMount() => _mounts[_random.Next(_mounts.Length)];

    private void Change()
    {
        FileModel file = AnyFile();
        _origin.Change(file);
        Note($"changed {file.Name}: {file.Current}");
    }

    private void Remove()
    {
        FileModel file = AnyFile();
        _origin.Remove(file);
        Note($"removed {file.Name}");
    }

    private void DropKernelCache()
    {
        Note("drop the kernel's caches");
        _mounts[0].DropKernelCache(); // of all mounts
    }

    private void CloseOne()
    {
        if (_open.Count == 0)
            return;
        int index = _random.Next(_open.Count);
        _open[index].File.Dispose();
        _open.RemoveAt(index);
    }

    private async Task InvalidateAsync()
    {
        if (_isWeak)
            await CheckPagesAsync(); // it makes every page of what is invalidated another's
        FileModel file = AnyFile();
        TestMount mount = AnyMount();
        switch (_random.Next(3))
        {
            case 0:
                Note($"invalidate {file.Name}");
                await mount.InvalidateAsync(file.Name);
                Known(file.Name, isInvalidated: true);
                break;
            case 1:
                string directory = Path.GetDirectoryName(file.Name)!;
                Note($"invalidate -r {directory}");
                await mount.InvalidateAsync(directory, recursive: true);
                Known(directory + "/", isInvalidated: true);
                break;
            default:
                Note("invalidate -r");
                await mount.InvalidateAsync(recursive: true);
                Known("", isInvalidated: true);
                break;
        }
        if (_isWeak)
            await CountPagesAnewAsync();
    }

    /// <summary>A directory origin's change is known within a second, that of another after its refresh, which is a second here.</summary>
    private async Task WaitForTheWatchAsync()
    {
        Note("wait for the watch");
        await Task.Delay(TimeSpan.FromSeconds(1.3));
        Known("");
    }

    private async Task RestartArladUnderReadersAsync()
    {
        Note("kill and restart arlad");
        await CheckPagesAsync();
        Task readers = ReadOpenFilesAsync();
        await _arlad.KillAsync();
        await CountPagesAnewAsync(); // what it had no time to commit is fetched again
        await _arlad.RestartAsync();
        await TraceAsync(_arlad);
        await readers;
    }

    private async Task KillDriverAsync()
    {
        TestMount mount = AnyMount();
        Note($"kill and restart the driver of {mount.Root}");
        foreach ((_, OpenFile file) in _open.Where(open => open.Mount == mount))
            file.Dispose();
        _open.RemoveAll(open => open.Mount == mount);
        await mount.KillDriverAsync();
        await mount.MountAsync();
    }

    private void Known(string prefix, bool isInvalidated = false)
    {
        foreach ((_, OpenFile open) in _open.Where(open => open.File.File.Name.StartsWith(prefix, StringComparison.Ordinal)))
            open.IsMistrusted |= isInvalidated && _isWeak;
        foreach (FileModel file in _origin.Files.Where(file => file.Name.StartsWith(prefix, StringComparison.Ordinal)))
            file.Known();
    }
}
