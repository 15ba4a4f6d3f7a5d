using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Index;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>An index that a later arlad wrote.</summary>
public sealed class NewerIndexTests
{
    [Fact]
    public async Task An_index_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("nnpfs-newer-");
        try
        {
            var options = new CacheOptions { Directory = scratch.FullName };
            Assert.True(CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out _));
            await store.DisposeAsync();
            using (Database index = Database.Open(Path.Combine(scratch.FullName, CacheDirectory.IndexName), NullLogger.Instance))
                index.Execute("PRAGMA user_version=99");

            Assert.False(CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out _, out string problem));
            Assert.Contains("newer version: its index has format 99", problem, StringComparison.Ordinal);
            Assert.DoesNotContain(scratch.GetFiles(), file => file.Name.Contains("damaged", StringComparison.Ordinal));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
