using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Admin;
using Nnpfs.Daemon.Admin.Server;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Daemon.Service;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon;

/// <summary>One run of arlad, composed by hand: this is the map of the process.</summary>
internal static class Arlad
{
    /// <returns>see <see cref="ExitStatus"/></returns>
    public static async Task<int> RunAsync(Arguments arguments)
    {
        List<ConfigProblem> problems = [];
        if (Read(arguments, problems) is not { } options)
            return Say(ExitStatus.BadConfiguration, problems);
        if (arguments.CheckConfig)
            return Say(ExitStatus.Done, [$"{arguments.Config}: {options.Volumes.Count} volumes, nothing wrong"]);
        if (Confinement.Enter(options.Uid, options.Gid) is { } problem)
            return Say(ExitStatus.NotConfined, [problem]);
        using var logs = new LogSetup(options);
        ILogger log = logs.Factory.CreateLogger("arlad");
        Log.Confined(log, Privileges.User, Privileges.Group, options.Uid >= 0);
        using var signals = new StopSignals();
        return await ServeAsync(options, arguments.Config, logs, log, signals.Stopping);
    }

    private static async Task<int> ServeAsync(ArladOptions options, string file, LogSetup logs, ILogger log, Task stopping)
    {
        TimeProvider time = TimeProvider.System;
        var slow = new SlowFetches(time);
        if (OpenCache(options, time, logs, out string problem) is not { } store)
            return Fail(log, problem);
        await using CacheStore ownedStore = store;
        List<Volume> volumes = [];
        var rules = new VolumeRules { Mounters = options.Mounters, InvalidateTimeout = options.InvalidateTimeout, Grace = options.Grace };
        try
        {
            foreach (VolumeOptions each in options.Volumes)
            {
                if (Open(each, rules, file, store, logs, slow, out problem) is not { } volume)
                    return Fail(log, problem);
                volumes.Add(volume);
            }
            return await ServeAsync(options, new AdminParts(volumes, store, logs.Control, slow, rules.Recorder, options.Text), store, volumes, logs, log, stopping);
        }
        finally
        {
            foreach (Volume volume in volumes)
                await volume.DisposeAsync();
        }
    }

    private static async Task<int> ServeAsync(
        ArladOptions options, AdminParts parts, CacheStore store, List<Volume> volumes, LogSetup logs, ILogger log, Task stopping)
    {
        store.BlocksReclaimed += (cache, blocks) => volumes.Find(volume => volume.Name == cache.Name)?.Reclaimed(blocks);
        var channel = new ChannelOptions
        {
            Socket = options.ChannelSocket,
            Mode = options.ChannelMode,
            Owner = Privileges.User,
            MaxWaiting = options.MaxWaiting,
            MaxMounts = options.MaxMounts,
            Trace = () => parts.Log.WireTrace,
        };
        volumes.ForEach(volume => volume.Start());
        Result<ChannelServer> started = ChannelServer.Start(channel, volumes, logs.Factory.CreateLogger("channel"), TimeProvider.System);
        if (!started.TryGet(out ChannelServer? server, out Errno errno))
            return Fail(log, CannotListen(options.ChannelSocket, errno));
        await using ChannelServer ownedServer = server;
        await using var admin = new AdminService(AdminOptions.Of(options), parts, logs.Factory, TimeProvider.System);
        try
        {
            await admin.StartAsync(CancellationToken.None);
        }
        catch (IOException failure)
        {
            return Fail(log, $"the admin socket {options.AdminSocket} (or the metrics port) cannot be had: {failure.Message}");
        }
        Log.Ready(log, string.Join(", ", volumes.Select(volume => $"{volume.Name} ({volume.Origin.Name})")), options.ChannelSocket);
        SystemdNotice.Send("READY=1");
        await stopping;
        Log.Stopping(log);
        SystemdNotice.Send("STOPPING=1");
        return ExitStatus.Done;
    }

    private static ArladOptions? Read(Arguments arguments, List<ConfigProblem> problems)
    {
        string text;
        try
        {
            text = File.ReadAllText(arguments.Config);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(arguments.Config, 0, $"cannot be read: {failure.Message}"));
            return null;
        }
        ArladOptions options = ConfigReader.Parse(arguments.Config, text, problems);
        options.Text = text;
        options.Uid = arguments.Uid ?? options.Uid;
        options.Gid = arguments.Gid ?? options.Gid;
        return problems.Count == 0 ? options : null;
    }

    private static CacheOptions CacheOptionsOf(ArladOptions options) => new()
    {
        Directory = options.Cache,
        Limits = new CacheLimits(
            options.LimitBytes, options.LimitNodes, (int)(options.HighWater * 100), (int)(options.LowWater * 100), options.KeepFree),
    };

    /// <summary>The index is the first to need a library besides the C library.</summary>
    private static CacheStore? OpenCache(ArladOptions options, TimeProvider time, LogSetup logs, out string problem)
    {
        try
        {
            return CacheStore.TryOpen(CacheOptionsOf(options), time, logs.Factory.CreateLogger("cache"), out CacheStore? store, out problem) ? store : null;
        }
        catch (DllNotFoundException)
        {
            problem = "SQLite (libe_sqlite3.so, beside arlad) or a library that it needs is missing: the jail is not complete, run chroot-setup/up";
            return null;
        }
    }

    private static Volume? Open(
        VolumeOptions options, VolumeRules rules, string file, CacheStore store, LogSetup logs, SlowFetches slow, out string problem)
    {
        OriginMade made = OriginMaker.Make(options, slow, logs.Factory.CreateLogger("origin"), TimeProvider.System);
        if (made.Origin is not { } origin)
        {
            int line = options.Lines.GetValueOrDefault(made.Problem!.Key, options.Line);
            problem = new ConfigProblem(file, line, made.Problem.ToString()).ToString();
            return null;
        }
        bool checksums = options.Checksums ?? origin.Info.IsRemote;
        Result<CacheVolume> cache = store.OpenVolume(options.Name, new Geometry(options.BlockSize), checksums);
        problem = cache.IsOk ? "" : $"the cache of volume \"{options.Name}\" cannot be opened: {cache.Errno}";
        return cache.IsOk ? new Volume(options, rules, origin, store, cache.Value, logs.Factory.CreateLogger("volume"), TimeProvider.System) : null;
    }

    private static string CannotListen(string socket, Errno errno) => errno switch
    {
        Errno.EADDRINUSE => $"another arlad listens at {socket}: stop it first",
        Errno.ENOENT => $"the directory of the socket {socket} does not exist: the jail is not complete, run chroot-setup/up",
        Errno.EACCES => $"user {Privileges.User} may not make the socket {socket}: its directory must belong to arlad's user",
        Errno.ENAMETOOLONG => $"the socket's path {socket} is longer than 107 bytes",
        _ => $"the socket {socket} cannot be made: {errno}",
    };

    private static int Fail(ILogger log, string problem)
    {
        Log.CannotServe(log, problem);
        return ExitStatus.CannotOpen;
    }

    private static int Say(int exit, IEnumerable<object> lines)
    {
        foreach (object line in lines)
            Console.Error.WriteLine($"arlad: {line}");
        return exit;
    }
}
