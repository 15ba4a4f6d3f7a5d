using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Web;

/// <summary>What a listing tells of the files in it is not asked for again, file by file.</summary>
public sealed class ConfirmedTests
{
    private const int Directories = 4, Files = 30;

    [Claim("S15")]
    [MountTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_recursive_invalidation_an_unchanged_tree_costs_its_directories_and_not_its_files(bool web)
    {
        using WebServer? site = web ? await Nginx.StartAsync(json: true) : null;
        if (site is not null)
            Fill((name, bytes) => site.Write(name, bytes));
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Origin = site?.Url,
            Fill = origin => Fill((name, bytes) =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName($"{origin}/{name}")!);
                File.WriteAllBytes($"{origin}/{name}", bytes);
            }),
        });
        await WalkAsync(mount);
        await mount.InvalidateAsync(recursive: true);
        double asked = await mount.Arlad.MetricAsync("nnpfs_origin_requests_total");
        double bytes = await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total");
        await WalkAsync(mount);

        // Of each directory its own facts, its listing, and what it takes to find it.
        Assert.InRange(await mount.Arlad.MetricAsync("nnpfs_origin_requests_total") - asked, Directories + 1, 4 * (Directories + 1));
        Assert.Equal(bytes, await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total"));
    }

    private static async Task WalkAsync(TestMount mount)
    {
        foreach (string directory in (await mount.ListAsync()).Value)
        {
            foreach (string file in (await mount.ListAsync(directory)).Value)
            {
                string name = $"{directory}/{file}";
                Assert.Equal(100, (await mount.StatAsync(name)).Value.st_size);
                Assert.Equal(Pattern.Bytes(100), await mount.ReadFileAsync(name));
            }
        }
    }

    private static void Fill(Action<string, byte[]> write)
    {
        for (int directory = 0; directory < Directories; directory++)
        {
            for (int file = 0; file < Files; file++)
                write($"d{directory}/f{file}", Pattern.Bytes(100));
        }
    }
}
