using System.Formats.Tar;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Logging;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>BugReport: a tar archive of small text files. It holds names of volumes and waiting files, no content, no secret.</summary>
/// <param name="configuration">the configuration file's text</param>
internal sealed class BugReportHandler(
    VolumeSet volumes, ICacheAdmin cache, StatusHandlers status, MetricCollector metrics, LogControl log, string configuration, TimeProvider time)
{
    private const int ChunkBytes = 64 << 10;

    public async ValueTask<GrpcStatus> ReportAsync(BugReportRequest request, ReplyStream replies, CancellationToken cancel)
    {
        ReadOnlyMemory<byte> archive = Archive();
        for (int offset = 0; offset < archive.Length; offset += ChunkBytes)
        {
            ReadOnlyMemory<byte> chunk = archive[offset..Math.Min(offset + ChunkBytes, archive.Length)];
            await replies.SendAsync(new BugReportChunk { Data = UnsafeByteOperations.UnsafeWrap(chunk) }, cancel);
        }
        return GrpcStatus.Ok;
    }

    private ReadOnlyMemory<byte> Archive()
    {
        var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, string text) in Files())
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "nnpfs-report/" + name)
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                    ModificationTime = time.GetUtcNow(),
                });
            }
        }
        return archive.GetBuffer().AsMemory(0, (int)archive.Length);
    }

    private IEnumerable<(string Name, string Text)> Files() =>
    [
        ("versions.txt", Versions()),
        ("arlad.conf", Secrets.Redact(configuration)),
        ("status.txt", Status()),
        ("waiters.txt", Waiters()),
        ("metrics.txt", PrometheusText.Of(metrics.Collect())),
        ("index.txt", Index()),
        ("log.txt", Secrets.Redact(string.Concat(log.Recent.Snapshot().Select(line => line + "\n")))),
    ];

    private string Versions() => $"arlad {StatusHandlers.Version}\n.NET {Environment.Version}\n{RuntimeInformation.OSDescription}\n"
        + $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors\nat {time.GetUtcNow():u}\n";

    // ToString of a message is its JSON by reflection, which a trimmed program may lack: so these are written by hand.
    private string Status()
    {
        StatusReply reply = status.Status();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"up {reply.UptimeMs} ms, {reply.ResidentBytes} bytes resident, log {reply.LogLevel}\n");
        foreach (Mount mount in reply.Mounts)
            text.Append(CultureInfo.InvariantCulture, $"mount {mount.Volume} at {mount.MountPoint}: connected {mount.ConnectedMs} ms, waiting {mount.Waiting}, by descriptor {mount.ByDescriptor}\n");
        return text.ToString();
    }

    private string Waiters() => string.Concat(status.Waiters().Select(waiter =>
        $"{waiter.WaitingMs} ms {waiter.Call} for {waiter.Cause}: {waiter.Volume}:{waiter.Path.ToStringUtf8()} (node {waiter.Node:x}) at {waiter.MountPoint}\n"));

    private string Index()
    {
        CacheStats stats = cache.Stats;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{stats}\n");
        foreach (IVolumeAdmin volume in volumes.All)
            text.Append(CultureInfo.InvariantCulture, $"{volume.Name}: {volume.Usage.Nodes} nodes, {volume.Usage.Bytes} bytes, blocks of {volume.BlockSize}, epoch {volume.Epoch}, last error {volume.LastError}\n");
        return text.ToString();
    }
}
