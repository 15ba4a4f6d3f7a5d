using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Daemon.Service;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.TestKit.Channels;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>A volume over a memory origin with a real cache, served on a real socket; drivers are scripted.</summary>
internal sealed class ServiceRig : IAsyncDisposable
{
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("nnpfs-service-");
    private readonly List<ScriptedDriver> _drivers = [];
    private readonly Func<IOrigin, IOrigin> _around;
    private readonly Func<CacheOptions, CacheOptions> _cacheOptions;
    private readonly VolumeOptions _options;
    private readonly VolumeRules _rules;
    private readonly ChannelOptions _channel;
    private CacheStore _store = null!;
    private ChannelServer _server = null!;

    public ServiceRig(Action<MemoryOrigin>? fill = null, Action<VolumeOptions>? configure = null, VolumeRules? rules = null, ChannelOptions? channel = null, string name = "v")
        : this(origin => origin, options => options, fill, configure, rules, channel, name)
    {
    }

    /// <param name="around">puts filters around the origin</param>
    /// <param name="cache">its limits and its disk</param>
    public ServiceRig(Func<IOrigin, IOrigin> around, Func<CacheOptions, CacheOptions> cache, Action<MemoryOrigin>? fill = null,
        Action<VolumeOptions>? configure = null, VolumeRules? rules = null, ChannelOptions? channel = null, string name = "v")
    {
        (_around, _cacheOptions) = (around, cache);
        fill?.Invoke(Origin);
        List<ConfigProblem> problems = [];
        _options = ConfigReader.Parse("test", $"[volume {name}]\norigin = http://memory/\nblock-size = 256K\n", problems).Volumes[0];
        configure?.Invoke(_options);
        _rules = rules ?? new VolumeRules { Grace = TimeSpan.Zero };
        _channel = (channel ?? new ChannelOptions { Socket = "", Owner = Privileges.User }) with { Socket = Socket };
        Start();
    }

    public MemoryOrigin Origin { get; } = new() { FreshFor = TimeSpan.FromMinutes(10) };

    public Volume Volume { get; private set; } = null!;

    public CacheStats Cache => _store.Stats;

    public string Socket => Path.Combine(_scratch.FullName, "nnpfs0");

    /// <summary>A driver before its Hello.</summary>
    public ScriptedDriver Connect()
    {
        var driver = new ScriptedDriver(SeqpacketSocket.Connect(Socket).Value);
        _drivers.Add(driver);
        return driver;
    }

    /// <summary>A driver after its Welcome.</summary>
    public ScriptedDriver Mount(ulong epoch = 0, ulong features = 0)
    {
        ScriptedDriver driver = Connect();
        driver.Greet(_options.Name, epoch, features);
        return driver;
    }

    /// <summary>As arlad's end and its next start over the same cache: every channel ends.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        Start();
    }

    private void Start()
    {
        string cache = Directory.CreateDirectory(Path.Combine(_scratch.FullName, "cache")).FullName;
        Assert.True(CacheStore.TryOpen(_cacheOptions(new CacheOptions { Directory = cache }), TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        _store = store;
        CacheVolume volume = store.OpenVolume(_options.Name, new Geometry(_options.BlockSize), _options.Checksums ?? false).Value;
        Volume = new Volume(_options, _rules, _around(Origin), store, volume, NullLogger.Instance, TimeProvider.System);
        Volume served = Volume;
        store.BlocksReclaimed += (_, blocks) => served.Reclaimed(blocks);
        _server = ChannelServer.Start(_channel, [Volume], NullLogger.Instance, TimeProvider.System).Value;
    }

    private async Task StopAsync()
    {
        await _server.DisposeAsync();
        await Volume.DisposeAsync();
        await _store.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _drivers.ForEach(driver => driver.Dispose());
        await StopAsync();
        _scratch.Delete(recursive: true);
    }
}
