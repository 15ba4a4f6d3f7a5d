using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;
using Nnpfs.TestKit;

namespace Nnpfs.Property.Tests.Cache;

/// <summary>Random fills, reads, commits, restarts, reclaims and versions, against a model: which pages may be there, and their bytes.</summary>
public sealed class CacheModelTests
{
    private const int BlockSize = 256 * 1024, PageSize = 4096, Pages = 200;
    private const long Size = ((Pages - 1) * PageSize) + 1234;

    [Fact]
    public void A_cache_never_has_a_page_that_was_not_filled_nor_other_bytes()
    {
        // Each step: an operation, and two numbers that mean what it makes of them.
        Gen<(int Op, int First, int Second)[]> steps = Gen.ArrayOf(
            from op in Gen.Choose(0, 11)
            from first in Gen.Choose(0, Pages - 1)
            from second in Gen.Choose(0, 99)
            select (op, first, second));
        Prop.ForAll(Arb.From(steps), run => Run(run).GetAwaiter().GetResult()).Check(Fuzz.Runs(25).WithEndSize(60));
    }

    private static async Task<bool> Run((int Op, int First, int Second)[] steps)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("nnpfs-model-");
        try
        {
            var model = new Model(directory.FullName);
            foreach ((int op, int first, int second) in steps)
                await model.StepAsync(op, first, second);
            await model.CloseAsync();
            return true;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private sealed class Model
    {
        private readonly CacheOptions _options;
        private readonly HashSet<(ulong Version, int Page)> _filled = [];
        private CacheStore _store = null!;
        private CacheVolume _volume = null!;
        private NodeRecord _node;
        private Content _open = null!;

        public Model(string directory)
        {
            _options = new CacheOptions
            {
                Directory = directory,
                CommitEvery = TimeSpan.FromHours(1),
                ScrubRate = 0,
                Limits = new CacheLimits(3 * BlockSize, FreeBytes: 0),
            };
            Open();
            _node = new NodeRecord
            {
                Id = new NodeId(_volume.NextNumber().Value),
                Parent = _volume.Root,
                Name = "n"u8.ToArray(),
                Version = 1,
                Facts = new Origins.OriginFacts { Kind = Origins.OriginKind.File, Size = Size },
            };
            _volume.Put(_node);
            _open = Hold();
        }

        public async Task StepAsync(int op, int first, int second)
        {
            if (op <= 5)
                Fill(first, second % 30 + 1, isHalf: second % 7 == 0);
            else if (op == 6)
                await _store.FlushAsync();
            else if (op == 7)
                await RestartAsync();
            else if (op == 8)
                await _store.ReclaimAsync(second * PageSize);
            else if (op == 9 && second < 30)
                Renew();
            else if (op == 10)
                await _store.CheckAsync();
            Check();
        }

        public async Task CloseAsync()
        {
            _open.Release();
            await _store.DisposeAsync();
        }

        private void Open()
        {
            Assert.True(CacheStore.TryOpen(_options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
            _store = store;
            _volume = store.OpenVolume("model", new Geometry(BlockSize), checksums: true).Value;
        }

        private Content Hold() => _volume.Hold(_node.Id, _node.Version, Size);

        private async Task RestartAsync()
        {
            await CloseAsync();
            Open();
            Assert.Equal(_node.Version, _volume.Get(_node.Id).Value.Version);
            _open = Hold();
        }

        private void Renew()
        {
            _node = _node with { Version = _node.Version + 1 };
            _volume.Put(_node);
            _open.Release();
            _open = Hold();
        }

        private void Fill(int first, int count, bool isHalf)
        {
            long offset = (long)first * PageSize, end = Math.Min(offset + ((long)count * PageSize), Size);
            using PageFill fill = _open.Begin(offset, end - offset).Value;
            byte[] bytes = Bytes(offset, (int)(end - offset));
            int written = isHalf ? bytes.Length / 2 : bytes.Length;
            Assert.Equal((Errno)0, fill.Write(offset, bytes.AsSpan(0, written)));
            Errno marked = fill.MarkFilled(offset, end - offset);
            for (long at = offset; at < offset + written; at += PageSize)
                _filled.Add((_node.Version, (int)(at / PageSize))); // an upper bound: Check reads the bytes
            if (!isHalf)
                Assert.Equal((Errno)0, marked);
        }

        private void Check()
        {
            var buffer = new byte[PageSize];
            for (int page = 0; page < Pages; page++)
            {
                long offset = (long)page * PageSize;
                if (!_open.IsFilled(offset, PageSize))
                    continue;
                Assert.Contains((_node.Version, page), _filled);
                int length = _open.Read(offset, buffer).Value;
                Assert.True(buffer.AsSpan(0, length).SequenceEqual(Bytes(offset, length)), $"page {page} of version {_node.Version} has other bytes");
            }
            CacheStats stats = _store.Stats;
            Assert.InRange(stats.Bytes, 0, _options.Limits.Bytes);
            Assert.Equal(0, stats.ReservedBytes);
        }

        private byte[] Bytes(long offset, int length)
        {
            var bytes = new byte[length];
            for (int i = 0; i < length; i++)
                bytes[i] = (byte)(((offset + i) * 13) + ((offset + i) >> 10) + ((long)_node.Version * 101));
            return bytes;
        }
    }
}
