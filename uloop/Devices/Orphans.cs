using Nnpfs.Posix;

namespace Nnpfs.Uloop.Devices;

/// <summary>Devices whose process was killed.</summary>
internal static class Orphans
{
    private static readonly TimeSpan MostToEnd = TimeSpan.FromSeconds(10);

    /// <summary>Takes such a device's content away. Reads that wait for its process fail.</summary>
    /// <param name="state">of a process that does not live</param>
    /// <param name="lazy">also while it is used</param>
    public static Failure? Detach(DeviceState state, bool lazy)
    {
        IReadOnlyList<string> users = DeviceUsers.Of(state.Number);
        if (users.Count > 0 && !lazy)
            return new(ExitStatus.System, $"{state.Device} is used: {string.Join("; ", users)}");
        bool isOurs = state.Way() != DeviceWay.None;
        if (state.Holder is { } holder)
            _ = holder.End(); // first: the kernel waits for reads that nobody answers. ESRCH: it has ended already
        if (isOurs && LoopDevice.Open(state.Number).TryGet(out LoopDevice? device, out _))
        {
            using (device)
                _ = device.Detach(); // ENXIO: somebody was quicker
        }
        long deadline = Environment.TickCount64 + (long)MostToEnd.TotalMilliseconds;
        while (!lazy && state.Way() != DeviceWay.None)
        {
            if (Environment.TickCount64 > deadline)
                return new(ExitStatus.System, $"{state.Device} is still there: somebody has it open; it ends when that does");
            Thread.Sleep(20);
        }
        Queue.SetReadAhead(state.Number, state.ReadAhead);
        state.Remove();
        return null;
    }
}
