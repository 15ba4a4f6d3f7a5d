using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>up --install, beneath a directory of the test: what it says it installs, and what the units and the helper start, is there.</summary>
public sealed partial class InstallTests
{
    [MountFact]
    public async Task What_is_installed_is_what_the_help_says_and_what_units_and_helper_start()
    {
        using var scratch = new Scratch();
        string root = scratch.Directory("root"), library = $"{root}/usr/local/lib/nnpfs";
        (int status, string said) = await ChildProgram.RunAsync(Checkout.At("chroot-setup/up"), "--install", root);
        Assert.True(status == 0, said);

        string help = ChildProgram.Run(Checkout.At("chroot-setup/install"), "--help").Output;
        string[] units = Directory.GetFiles($"{root}/etc/systemd/system");
        Assert.Equal(["arlad.service", "nnpfs@.service"], units.Select(unit => Path.GetFileName(unit)).Order(StringComparer.Ordinal));
        string[] named = [.. units.Append($"{root}/usr/sbin/mount.nnpfs").Select(File.ReadAllText).Append(help).SelectMany(text => Installed().Matches(text)).Select(match => match.Value).Distinct()];
        Assert.InRange(named.Length, 8, 40);
        Assert.DoesNotContain(named, path => !Path.Exists(root + path));

        foreach (string page in Directory.GetFiles(Checkout.At("docs/man")).Select(page => Path.GetFileName(page)))
            Assert.True(File.Exists($"{root}/usr/local/share/man/man{page[^1]}/{page}"), page);
        foreach (string program in (string[])["usr/local/bin/nnpfs", "usr/local/bin/nnpfsctl", "usr/local/sbin/arlad", "usr/local/sbin/uloop", "usr/local/sbin/ulohttp", "usr/local/sbin/ulobdev", "usr/local/lib/nnpfs/chroot-setup/up"])
        {
            (status, said) = await ChildProgram.RunAsync($"{root}/{program}", "--help");
            Assert.True(status == 0, $"{program}: {said}");
        }
        (status, said) = await ChildProgram.RunAsync($"{library}/bin/nnpfs", "mount.nnpfs");
        Assert.Equal(1, status);
        Assert.StartsWith("usage: mount.nnpfs", said, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?<![\w/])/(?:usr/local|usr/sbin/mount|etc/systemd)[\w/.-]*[\w]")]
    private static partial Regex Installed();
}
