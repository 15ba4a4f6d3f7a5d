using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;
using Nnpfs.Unit.Tests.Cache;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>A cache disk that takes long to make durable what was written.</summary>
public sealed class SlowDiskTests
{
    [Fact]
    public async Task No_reader_waits_for_a_sync_of_the_disk()
    {
        using var held = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        await using var rig = new ServiceRig(
            origin => origin,
            options => options with { CommitEvery = TimeSpan.FromMilliseconds(10), WrapDisk = disk => new SlowToSync(disk, begun, held) },
            origin => (origin["one"], origin["two"]) = (new byte[1 << 20], new byte[4096]));
        ScriptedDriver driver = rig.Mount();
        Node one = driver.File("one"), two = driver.File("two");
        Assert.Equal((Errno)0, driver.Data(one).Errno);
        try
        {
            Assert.True(begun.Wait(Patience.Limit), "the first page is synced");
            for (ulong page = 1; page < 100; page++) // of the file that is being synced
                Assert.Equal((Errno)0, driver.Data(one, page * 4096).Errno);
            Assert.Equal((Errno)0, driver.Data(two).Errno);
            Assert.False(held.IsSet);
        }
        finally
        {
            held.Set();
        }
    }

    private sealed class SlowToSync(IBlockDisk inner, ManualResetEventSlim begun, ManualResetEventSlim held) : WrappedDisk(inner)
    {
        public override Errno Sync(IReadOnlyList<(BlockName Name, SafeFd File)> files)
        {
            if (files.Count > 0)
            {
                begun.Set();
                held.Wait();
            }
            return base.Sync(files);
        }
    }
}
