using System.Globalization;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Servers;
using Xunit.Abstractions;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>Random work against a plain model: reads, lookups, listings, changes, invalidations, kills.</summary>
/// <remarks>NNPFS_MODEL_SEED runs one seed again, NNPFS_MODEL_STEPS makes runs longer: tests/soak does both.</remarks>
public sealed class ModelTests(ITestOutputHelper output)
{
    private static readonly int Steps = Setting("NNPFS_MODEL_STEPS", 200);

    /// <summary>Seeds, and the mount options that make the mode.</summary>
    public static TheoryData<int, string> Seeds => Setting("NNPFS_MODEL_SEED", 0) is var seed and not 0
        ? new() { { seed, "" }, { seed, "passthrough=off" }, { seed, "open=elide" } }
        : new() { { 1, "" }, { 3, "passthrough=off" }, { 4, "open=elide" } };

    public static TheoryData<int, string> RingSeeds => Setting("NNPFS_MODEL_SEED", 0) is var seed and not 0
        ? new() { { seed, "" } }
        : new() { { 21, "" } };

    public static TheoryData<int, bool> WebSeeds => Setting("NNPFS_MODEL_SEED", 0) is var seed and not 0
        ? new() { { seed, true }, { seed, false } }
        : new() { { 11, true }, { 12, false } };

    [MountTheory]
    [Claim("S1")]
    [Claim("S11")]
    [Claim("S12")]
    [Claim("S15")]
    [Claim("S17")]
    [MemberData(nameof(Seeds))]
    public async Task Random_work_sees_only_what_the_model_allows(int seed, string options) =>
        await RunAsync(seed, await ModelRun.StartAsync(seed, options: options));

    /// <summary>The same over a web server, by ETags and by times alone.</summary>
    [MountTheory]
    [Claim("S11")]
    [Claim("S12")]
    [Claim("S14")]
    [Claim("S15")]
    [MemberData(nameof(WebSeeds))]
    public async Task So_it_does_over_HTTP(int seed, bool etags) =>
        await RunAsync(seed, await ModelRun.StartAsync(seed, await Nginx.StartAsync(server: $"{FetchLog.Server} {(etags ? "" : "etag off;")}", http: FetchLog.Http), isWeak: !etags));

    /// <summary>The same with the kernel's requests coming by io_uring.</summary>
    [IoUringTheory]
    [Claim("S11")]
    [Claim("S12")]
    [Claim("S15")]
    [MemberData(nameof(RingSeeds))]
    public async Task So_it_does_by_io_uring(int seed, string options) =>
        await RunAsync(seed, await ModelRun.StartAsync(seed, options: $"{IoUringSwitch.Option},{options}"));

    private async Task RunAsync(int seed, ModelRun started)
    {
        output.WriteLine($"seed {seed}: NNPFS_MODEL_SEED={seed} runs it again");
        await using ModelRun run = started;
        for (int step = 0; step <= Steps; step++)
        {
            try
            {
                await (step < Steps ? run.StepAsync() : run.CheckPagesAsync());
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}, step {step}: {failure.Message}\nthe latest steps:\n{run.Latest}", failure);
            }
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
