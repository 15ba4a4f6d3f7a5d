using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests;

/// <summary>A file that has just changed at the origin, which nobody has told arlad yet.</summary>
public sealed class ChangedFileTests
{
    [MountTheory]
    [Claim("S16")]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public async Task The_first_reader_of_a_file_that_has_just_changed_gets_the_new_version(int size)
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllBytes($"{origin}/f", new byte[size]) });
        for (int i = 1; i <= 10; i++)
        {
            byte[] now = Pattern.Bytes(size + (i * 1000));
            await mount.StatAsync("f"); // its attributes are cached, of its content nothing
            File.WriteAllBytes($"{mount.Origin}/new", now);
            File.Move($"{mount.Origin}/new", $"{mount.Origin}/f", overwrite: true);
            // What was read is cached, and may be served until the change is known: the next round begins with a version of which nothing was.
            Assert.Equal(now, await mount.ReadFileAsync("f"));
            File.WriteAllBytes($"{mount.Origin}/f", new byte[size]);
            await mount.InvalidateAsync("f");
        }
    }

    [MountFact]
    [Claim("S16")]
    public async Task So_does_the_reader_of_a_file_of_a_web_server()
    {
        using WebServer site = await Nginx.StartAsync();
        site.Write("f", new byte[500_000]);
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = site.Url });
        await mount.StatAsync("f");
        site.Write("f", Pattern.Bytes(700_000), DateTime.UtcNow.AddMinutes(-5));
        Assert.Equal(Pattern.Bytes(700_000), await mount.ReadFileAsync("f"));
    }

    [MountFact]
    [Claim("S15")]
    public async Task A_symlink_that_leads_elsewhere_is_read_anew_after_an_invalidation()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.CreateSymbolicLink($"{origin}/link", "0") });
        for (int i = 1; i < 10; i++) // targets of one length: the kernel cannot tell by the size
        {
            await mount.ReadLinkAsync("link");
            File.CreateSymbolicLink($"{mount.Origin}/new", $"{i}");
            File.Move($"{mount.Origin}/new", $"{mount.Origin}/link", overwrite: true);

            await mount.InvalidateAsync("link");

            Assert.Equal($"{i}", (await mount.ReadLinkAsync("link")).Value);
        }
    }
}
