using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Cache;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>GetLimits, SetLimits, Reclaim.</summary>
internal sealed class LimitsHandlers(ICacheAdmin cache)
{
    public ValueTask<Outcome<LimitsReply>> GetAsync(GetLimitsRequest request, CancellationToken cancel) =>
        ValueTask.FromResult<Outcome<LimitsReply>>(Report());

    public ValueTask<Outcome<LimitsReply>> SetAsync(SetLimitsRequest request, CancellationToken cancel) => ValueTask.FromResult(Set(request));

    public async ValueTask<Outcome<ReclaimReply>> ReclaimAsync(ReclaimRequest request, CancellationToken cancel) => new ReclaimReply
    {
        Bytes = (ulong)await cache.ReclaimAsync(request.Bytes is 0 or > long.MaxValue ? long.MaxValue : (long)request.Bytes),
    };

    private Outcome<LimitsReply> Set(SetLimitsRequest request)
    {
        CacheLimits now = cache.Limits;
        CacheLimits wanted = now with
        {
            Bytes = request.MaxBytes > 0 ? (long)Math.Min(request.MaxBytes, long.MaxValue) : now.Bytes,
            Nodes = request.MaxNodes > 0 ? (long)Math.Min(request.MaxNodes, long.MaxValue) : now.Nodes,
            HighPercent = request.HighPercent > 0 ? (int)Math.Min(request.HighPercent, int.MaxValue) : now.HighPercent,
            LowPercent = request.LowPercent > 0 ? (int)Math.Min(request.LowPercent, int.MaxValue) : now.LowPercent,
        };
        if (wanted.HighPercent > 100 || wanted.LowPercent < 1 || wanted.LowPercent >= wanted.HighPercent)
            return GrpcStatus.Invalid($"reclaim from {wanted.HighPercent} % down to {wanted.LowPercent} %: it must be 100 >= high > low >= 1");
        cache.Limits = wanted;
        return Report();
    }

    private LimitsReply Report()
    {
        CacheStats stats = cache.Stats;
        return new()
        {
            MaxBytes = (ulong)stats.Limits.Bytes,
            MaxNodes = (ulong)stats.Limits.Nodes,
            HighPercent = (uint)stats.Limits.HighPercent,
            LowPercent = (uint)stats.Limits.LowPercent,
            UsedBytes = (ulong)stats.Bytes,
            UsedNodes = (ulong)stats.Nodes,
            PinnedBytes = (ulong)stats.PinnedBytes,
        };
    }
}
