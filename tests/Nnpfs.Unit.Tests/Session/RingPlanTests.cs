using Nnpfs.Fuse.Session;

namespace Nnpfs.Unit.Tests.Session;

/// <summary>Which ring takes whose requests: the kernel uses none before each possible processor has an entry.</summary>
public sealed class RingPlanTests
{
    [Theory]
    [InlineData(new[] { 0 }, 1)]
    [InlineData(new[] { 0, 1 }, 2)]
    [InlineData(new[] { 0, 1 }, 64)]    // the rest may be plugged in later
    [InlineData(new[] { 0, 3, 5 }, 8)]
    [InlineData(new[] { 7 }, 512)]
    public void Each_possible_processor_has_a_queue_and_each_that_runs_has_a_ring_of_its_own(int[] online, int possible)
    {
        IReadOnlyList<RingPlan> plans = RingPlan.For(online, possible);

        Assert.Equal(online, plans.Select(plan => plan.Cpu));
        Assert.All(plans, plan => Assert.True(plan.Queues.Count(queue => queue == plan.Cpu) >= 16));
        Assert.Equal(Enumerable.Range(0, possible).Select(cpu => (ushort)cpu), plans.SelectMany(plan => plan.Queues).Distinct().Order());
        Assert.All(plans, plan => Assert.All(plan.Queues.Where(queue => online.Contains(queue)), queue => Assert.Equal(plan.Cpu, queue)));
    }

    [Theory]
    [InlineData(1, 512)]
    [InlineData(1, 1024)] // two entries for each that does not run are too many
    [InlineData(1, 2020)]
    [InlineData(2, 4096)]
    [InlineData(4, 8192)]
    [InlineData(2, 8192)] // cannot be had
    public void A_ring_holds_no_more_than_fits_into_its_memory_or_the_reason_is_told_beforehand(int running, int possible)
    {
        const int largest = 1 << 20;
        if (RingPlan.WhyNot(running, possible) is { } reason)
        {
            Assert.True(possible / running > 2000, $"{possible} on {running}");
            Assert.Contains($"reckons with {possible} processors", reason, StringComparison.Ordinal);
            return;
        }
        IReadOnlyList<RingPlan> plans = RingPlan.For([.. Enumerable.Range(0, running)], possible);

        Assert.All(plans, plan => Assert.InRange((long)plan.Queues.Count * (largest + 4096), 1, int.MaxValue));
        Assert.All(plans, plan => Assert.True(plan.Queues.Count(queue => queue == plan.Cpu) >= 16));
        Assert.Equal(possible, plans.SelectMany(plan => plan.Queues).Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(32)]
    public void Entries_are_many_and_their_memory_is_bounded(int cpus)
    {
        IReadOnlyList<RingPlan> plans = RingPlan.For([.. Enumerable.Range(0, cpus)], cpus);

        Assert.InRange(plans.Sum(plan => plan.Queues.Count), 128, 512);
        Assert.InRange(plans.Sum(plan => plan.Warm), 1, Math.Max(8, cpus));
    }
}
