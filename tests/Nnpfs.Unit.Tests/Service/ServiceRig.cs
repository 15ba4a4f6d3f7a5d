using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Daemon.Service;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>A volume over a memory origin with a real cache, served on a real socket; drivers are scripted.</summary>
internal sealed class ServiceRig : IAsyncDisposable
{
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("nnpfs-service-");
    private readonly List<ScriptedDriver> _drivers = [];
    private readonly CacheStore _store;
    private readonly ChannelServer _server;

    public ServiceRig(Action<MemoryOrigin>? fill = null, Action<VolumeOptions>? configure = null, VolumeRules? rules = null, ChannelOptions? channel = null)
    {
        fill?.Invoke(Origin);
        List<ConfigProblem> problems = [];
        VolumeOptions options = ConfigReader.Parse("test", "[volume v]\norigin = http://memory/\nblock-size = 256K\n", problems).Volumes[0];
        configure?.Invoke(options);
        string cache = Path.Combine(_scratch.FullName, "cache");
        Directory.CreateDirectory(cache);
        Assert.True(CacheStore.TryOpen(new CacheOptions { Directory = cache }, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        _store = store;
        CacheVolume volume = store.OpenVolume("v", new Geometry(options.BlockSize), checksums: false).Value;
        Volume = new Volume(options, rules ?? new VolumeRules { Grace = TimeSpan.Zero }, Origin, store, volume, NullLogger.Instance, TimeProvider.System);
        store.BlocksReclaimed += (_, blocks) => Volume.Reclaimed(blocks);
        channel ??= new ChannelOptions { Socket = "", Owner = Privileges.User };
        _server = ChannelServer.Start(channel with { Socket = Socket }, [Volume], NullLogger.Instance, TimeProvider.System).Value;
    }

    public MemoryOrigin Origin { get; } = new() { FreshFor = TimeSpan.FromMinutes(10) };

    public Volume Volume { get; }

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
        driver.Greet("v", epoch, features);
        return driver;
    }

    public async ValueTask DisposeAsync()
    {
        _drivers.ForEach(driver => driver.Dispose());
        await _server.DisposeAsync();
        await Volume.DisposeAsync();
        await _store.DisposeAsync();
        _scratch.Delete(recursive: true);
    }
}
