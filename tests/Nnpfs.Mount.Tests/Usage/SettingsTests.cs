using System.Globalization;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>Settings of arlad and options of a mount whose effect no other test meets.</summary>
public sealed class SettingsTests
{
    private const int Nobody = 65534;

    [MountFact]
    public async Task Modes_of_the_sockets_the_log_file_and_the_number_of_mounts_are_as_configured()
    {
        using var scratch = new Scratch();
        string log = scratch.Path("arlad.log");
        await using TestArlad arlad = await TestArlad.StartAsync(
            $"[volume test]\norigin = {scratch.Directory("origin")}", $"channel-mode = 0600\nadmin-mode = 0640\nlog-file = {log}\nmax-mounts = 1", scratch);

        Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(arlad.Channel), 8));
        Assert.Equal("640", Convert.ToString((int)File.GetUnixFileMode(arlad.Admin), 8));
        await using TestMount mount = await TestMount.StartAsync(arlad);
        (int status, string output) = await ChildProgram.RunAsync(
            "nnpfs", "mount", "test", scratch.Directory("second"), "-f", "-o", $"channel={arlad.Channel}");
        Assert.True(status == 32 && output.Contains("as many mounts as arlad may have, 1: see max-mounts", StringComparison.Ordinal), $"{status}: {output}");
        await Patience.UntilAsync(() => File.ReadAllText(log).Contains("max-mounts", StringComparison.Ordinal), $"the refusal in {log}");
    }

    [MountFact]
    public async Task What_is_immutable_is_not_asked_for_again()
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin => File.WriteAllText($"{origin}/file", "file"),
            VolumeSettings = "immutable = yes\nrefresh = 1s\nmax-watches = 0",
        });

        double seconds = double.Parse((await mount.GetXattrAsync("file", "user.nnpfs.expires")).Value, CultureInfo.InvariantCulture);

        Assert.InRange(seconds, TimeSpan.FromHours(23).TotalSeconds, TimeSpan.FromHours(24).TotalSeconds);
    }

    [MountFact]
    public async Task A_mount_over_files_for_its_user_alone_without_programs()
    {
        using var scratch = new Scratch();
        ChildProgram.Run("chmod", "755", scratch.Root);
        string mountPoint = scratch.Directory("mnt");
        File.WriteAllText($"{mountPoint}/hidden", "");
        string origin = scratch.Directory("origin");
        File.WriteAllText($"{origin}/program", "#!/bin/sh\n");
        ChildProgram.Run("chmod", "755", $"{origin}/program");
        await using TestArlad arlad = await TestArlad.StartAsync($"[volume test]\norigin = {origin}", "", scratch);
        try
        {
            (int status, string output) = await ChildProgram.RunAsync(
                "nnpfs", "mount", "test", mountPoint, "-o", $"channel={arlad.Channel},log={scratch.Path("log")},nonempty,noexec,noallow_other");
            Assert.True(status == 0, output);

            Assert.Equal("program", (await ChildProgram.RunAsync("ls", mountPoint)).Output.Trim());
            Assert.Contains("Permission denied", (await ChildProgram.RunAsync("sh", "-c", $"{mountPoint}/program")).Output, StringComparison.Ordinal);
            (status, output) = await ChildProgram.RunAsync("setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "ls", mountPoint);
            Assert.True(status != 0 && output.Contains("Permission denied", StringComparison.Ordinal), output);
            string[] flags = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).Single(fields => fields[4] == mountPoint)[5].Split(',');
            Assert.Empty(new[] { "ro", "nosuid", "nodev", "noexec" }.Except(flags));
            Assert.Equal(0, (await ChildProgram.RunAsync("nnpfs", "umount", mountPoint)).Status);
        }
        finally
        {
            MountTable.Remove(mountPoint);
        }
    }
}
