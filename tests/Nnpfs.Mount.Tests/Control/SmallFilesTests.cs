using System.Diagnostics;
using System.Globalization;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Control;

/// <summary>A tree of small files behind a listing that tells no exact facts, and an origin that is far away.</summary>
public sealed class SmallFilesTests
{
    private const int Files = 200;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(150); // much more than a file takes us on a busy machine

    [MountFact]
    public async Task Small_files_are_walked_and_read_four_times_faster_than_one_request_after_the_other()
    {
        using WebServer site = await Nginx.StartAsync();
        for (int i = 0; i < Files; i++)
            site.Write(NameOf(i), BitConverter.GetBytes(i));
        await using TestMount mount = await TestMount.StartAsync(
            new() { Origin = site.Url, VolumeSettings = $"delay = {Delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms" });

        long start = Stopwatch.GetTimestamp();
        string[] names = (await mount.ListAsync()).Value;
        foreach (string name in names)
        {
            Assert.Equal(4, (await mount.StatAsync(name)).Value.st_size);
            Assert.Equal(int.Parse(name, CultureInfo.InvariantCulture), BitConverter.ToInt32(await mount.ReadFileAsync(name)));
        }
        TimeSpan took = Stopwatch.GetElapsedTime(start);

        Assert.Equal(Files, names.Length);
        TimeSpan oneByOne = Delay * (2 * Files); // facts and content of each
        Assert.True(took * 4 < oneByOne, $"it took {took}, and one after the other would take {oneByOne}");
    }

    private static string NameOf(int i) => i.ToString("000", CultureInfo.InvariantCulture);
}
