using Nnpfs.Driver.Commands;
using Nnpfs.Driver.Mounting;
using Nnpfs.Fuse.Starting;

namespace Nnpfs.Unit.Tests.Mounting;

public sealed class OptionParserTests
{
    private static readonly MountOptions Start = new("docs", "/mnt");

    [Fact]
    public void Without_options_the_defaults_hold()
    {
        Assert.Null(OptionParser.Parse(Start, "", fromMount8: false, out MountOptions options));

        Assert.Equal("/var/lib/nnpfs/jail/dev/nnpfs0", options.Channel);
        Assert.Equal(TimeSpan.FromSeconds(60), options.Timeout);
        Assert.Null(options.AllowOther);
        Assert.Equal("nnpfs:docs", options.Source);
    }

    [Fact]
    public void Each_option_takes_effect_and_later_ones_win()
    {
        const string text = "jail=/j,timeo=5,timeo=7,threads=3,allow_other,noallow_other,nonempty,noexec,open=elide,passthrough=off,io_uring=on,io_uring=off,log=/l,loglevel=warning";

        Assert.Null(OptionParser.Parse(Start, text, fromMount8: false, out MountOptions options));

        Assert.Equal(
            Start with
            {
                Jail = "/j",
                Timeout = TimeSpan.FromSeconds(7),
                Threads = 3,
                Passthrough = false,
                IoUring = IoUringMode.Off,
                AllowOther = false,
                NonEmpty = true,
                NoExec = true,
                ElidesOpens = true,
                LogFile = "/l",
                LogLevel = "warning",
            },
            options);
        Assert.Equal("/j/dev/nnpfs0", options.Channel);
    }

    [Fact]
    public void What_fstab_and_systemd_write_is_accepted()
    {
        const string text = "rw,defaults,_netdev,noauto,nofail,user,x-systemd.automount,x-systemd.requires=arlad.service,comment=mine";

        Assert.Null(OptionParser.Parse(Start, text, fromMount8: true, out MountOptions options));
        Assert.Equal(Start, options);
    }

    [Theory]
    [InlineData("rw", "read only")]
    [InlineData("colour", "unknown option 'colour'")]
    [InlineData("timeo=soon", "timeo=soon")]
    [InlineData("timeo=-1", "timeo=-1")]
    [InlineData("threads=0", "threads=0")]
    [InlineData("io_uring=maybe", "auto, on or off")]
    [InlineData("io_uring=0", "auto, on or off")]
    [InlineData("io_uring", "auto, on or off")]
    [InlineData("open=never", "open=never")]
    [InlineData("open", "open=")]
    [InlineData("threads", "threads")]
    [InlineData("jail=", "needs a path")]
    [InlineData("loglevel=loud", "one of")]
    [InlineData("passthrough=on", "auto or off")]
    [InlineData("nonempty=yes", "takes no value")]
    public void What_is_wrong_is_said_with_the_usage_status(string text, string said)
    {
        Failure? failure = OptionParser.Parse(Start, text, fromMount8: false, out _);

        Assert.Equal(ExitStatus.Usage, failure?.Status);
        Assert.Contains(said, failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_helper_understands_how_mount8_calls_it()
    {
        Assert.True(MountHelper.TryParse(["docs", "/mnt", "-s", "-fnv", "-t", "nnpfs", "-o", "rw,timeo=3"], out HelperCall? call));

        Assert.Equal(new HelperCall("docs", "/mnt", "rw,timeo=3", Fake: true), call);
        Assert.False(MountHelper.TryParse(["docs"], out _));
        Assert.False(MountHelper.TryParse(["docs", "/mnt", "-o"], out _));
        Assert.False(MountHelper.TryParse(["docs", "/mnt", "-x"], out _));
    }

    [Fact]
    public void The_helper_is_known_by_its_link_and_by_its_first_argument()
    {
        Assert.True(MountHelper.IsCalled("/sbin/mount.nnpfs", ["a", "b"], out string[] rest));
        Assert.Equal(["a", "b"], rest);
        Assert.True(MountHelper.IsCalled("/usr/bin/nnpfs", ["mount.nnpfs", "a", "b"], out rest));
        Assert.Equal(["a", "b"], rest);
        Assert.False(MountHelper.IsCalled("/usr/bin/nnpfs", ["mount", "a", "b"], out _));
    }
}
