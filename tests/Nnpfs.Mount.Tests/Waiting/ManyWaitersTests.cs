using System.Globalization;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Waiting;

/// <summary>A great number of calls that wait for an origin that stalls.</summary>
public sealed class ManyWaitersTests
{
    private const int Waiters = 1000, Page = 64 << 10; // of the default block
    private static readonly byte[] Content = Pattern.Bytes(Waiters * Page);

    [MountFact]
    public async Task A_thousand_waiters_cost_arlad_a_bounded_memory_and_the_origin_eight_connections()
    {
        await using var server = new FaultServer();
        server.Files["file"] = new(Content, "\"one\"");
        using var gate = new ManualResetEventSlim(initialState: true);
        server.Alter = (_, reply) =>
        {
            gate.Wait(Patience.Limit);
            return reply;
        };
        await using TestArlad arlad = await TestArlad.StartAsync($"[volume v]\norigin = {server.Url}\ntimeout = 600");
        using var driver = new ScriptedDriver(SeqpacketSocket.Connect(arlad.Channel).Value);
        driver.Greet("v");
        Node file = driver.File("file");
        Assert.Equal((Errno)0, driver.Data(file).Errno); // arlad's own first time
        gate.Reset();
        long before = Resident(arlad);
        for (int page = 1; page < Waiters; page++)
            driver.Begin(new Envelope { GetData = new() { Node = file.Id, Version = file.Version, Offset = (ulong)page * Page, Length = 4096 } });
        await Patience.UntilAsync(async () => await arlad.MetricAsync("nnpfs_waiters") >= Waiters - 1, "all wait");
        long waiting = Resident(arlad);
        gate.Set();

        for (int page = 1; page < Waiters; page++)
            Assert.Equal(0u, driver.Next(envelope => envelope.BodyCase == Envelope.BodyOneofCase.Wakeup).Wakeup.Errno);
        Assert.InRange(waiting - before, long.MinValue, 24 << 20); // the pages that they wait for are 62 MiB
        Assert.InRange(Resident(arlad) - before, long.MinValue, 48 << 20);
        Assert.InRange(server.Connections, 1, 8);
    }

    /// <summary>Bytes.</summary>
    private static long Resident(TestArlad arlad)
    {
        string line = File.ReadLines($"/proc/{arlad.Program.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) << 10;
    }
}
