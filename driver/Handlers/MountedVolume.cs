using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Boosting;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Mounting;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>One volume as the driver sees it: everything between the channel and the handlers, put together by hand.</summary>
/// <remarks>Connect, mount with <see cref="Handlers"/>, then <see cref="Attach"/> the kernel.</remarks>
internal sealed class MountedVolume : IVolumeTree
{
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockFiles _files;
    private readonly Invalidator _invalidator;
    private Task _reports = Task.CompletedTask, _sweeps = Task.CompletedTask;

    private MountedVolume(ChannelOptions options, TimeProvider time, ILogger log, Func<Result<SeqpacketSocket>>? connect)
    {
        var open = new SlotTable<OpenFile>();
        var nodes = new NodeTable(time, open);
        var counters = new Counters();
        _files = new BlockFiles(options.OpenBlocks);
        var installer = new Installer(nodes, _files, open, counters, log);
        var channel = new DaemonChannel(options, installer, counters, time, log, connect);
        installer.Invalidator = _invalidator = new Invalidator(channel, log) { DropsNames = options.ElidesOpens };
        var reader = new ContentReader(_files);
        var service = new NodeService(nodes, channel, reader, log) { ElidesOpens = options.ElidesOpens };
        var data = new DataService(nodes, service, channel, reader, _files, log);
        var room = new LentRoom(() => (long)(installer.StatFs?.TotalBytes ?? long.MaxValue), _files.MostLent);
        var passthrough = new Passthrough(_files, counters, room, log);
        Parts = new HandlerParts
        {
            Nodes = nodes,
            Service = service,
            Data = data,
            Passthrough = passthrough,
            Boost = new BoostService(new Boosters(_files.MostBoosters), new Loans(_files, room), passthrough, data, counters, time),
            Open = open,
            Channel = channel,
            Installer = installer,
            Reporter = new Reporter(nodes, channel.Post, time),
            Counters = counters,
            Errors = new LastErrors(time),
            ElidesOpens = options.ElidesOpens,
        };
        Handlers = MakeHandlers(Parts);
    }

    public HandlerSet Handlers { get; }

    public HandlerParts Parts { get; }

    /// <summary>Connects to arlad and gets the root.</summary>
    /// <param name="options">of the mount</param>
    /// <param name="time">of tokens, pauses and limits</param>
    /// <param name="log">of the driver</param>
    /// <param name="connect">null: to the options' socket</param>
    /// <param name="cancel">gives up</param>
    /// <returns>the volume, or why there is none</returns>
    public static async Task<(MountedVolume? Volume, ConnectFailure? Failure)> ConnectAsync(
        ChannelOptions options, TimeProvider time, ILogger log, Func<Result<SeqpacketSocket>>? connect, CancellationToken cancel)
    {
        var volume = new MountedVolume(options, time, log, connect);
        volume._invalidator.Start();
        ConnectFailure? failure = await volume.Parts.Channel.StartAsync(cancel);
        if (failure is null)
        {
            Errno errno = await volume.AskForRootAsync(cancel);
            failure = errno == 0 ? null : new ConnectFailure(errno, $"its origin {volume.Parts.Installer.Origin} {Describe(errno)}");
        }
        if (failure is not null)
        {
            await volume.DisposeAsync();
            return (null, failure);
        }
        volume._reports = volume.Parts.Reporter.RunAsync(volume._stop.Token);
        volume._sweeps = volume.Parts.Boost.RunAsync(volume._stop.Token);
        return (volume, null);
    }

    /// <summary>The mount is there: from now on invalidations reach the kernel.</summary>
    public void Attach(IKernelNotifier kernel) => _invalidator.Attach(kernel);

    public void Attach(BackingOffer offer) => Parts.Passthrough.Attach(offer);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_reports, _sweeps);
        Parts.Boost.Dispose();
        _invalidator.Dispose();
        await Parts.Channel.DisposeAsync();
        _files.Dispose();
        _stop.Dispose();
    }

    /// <summary>What is wrong with the origin is said now, by the command, and not by the first "ls".</summary>
    private async Task<Errno> AskForRootAsync(CancellationToken cancel)
    {
        Result<NodeView> root = await Parts.Service.RootAsync(cancel);
        if (root.IsOk && !root.Value.IsValid)
            root = await Parts.Service.AttributesAsync(root.Value.Node, cancel);
        return root.Errno;
    }

    private static string Describe(Errno errno) => errno switch
    {
        Errno.EHOSTUNREACH => "cannot be reached",
        Errno.ETIMEDOUT => "does not answer in time",
        Errno.EACCES => "does not let arlad in: it wants credentials, or others",
        Errno.ENOENT => "is not there",
        Errno.EPROTO => "is not what it should be: its certificate, or its protocol",
        _ => "fails",
    };

    private static HandlerSet MakeHandlers(HandlerParts parts)
    {
        return new HandlerSet
        {
            Counts = parts.Counters.Requests,
            Lookup = new LookupHandler(parts),
            Forget = new ForgetHandler(parts),
            GetAttr = new GetAttrHandler(parts),
            Statx = new StatxHandler(parts),
            ReadLink = new ReadLinkHandler(parts),
            Open = parts.ElidesOpens ? new ElidedOpenHandler() : new OpenHandler(parts),
            Read = new ReadHandler(parts),
            Release = new ReleaseHandler(parts),
            ReadDir = new ReadDirHandler(parts, plus: false),
            ReadDirPlus = new ReadDirHandler(parts, plus: true),
            StatFs = new StatFsHandler(parts),
            GetXattr = new GetXattrHandler(parts),
            ListXattr = new ListXattrHandler(parts),
            Lseek = new LseekHandler(parts),
        };
    }
}
