using Nnpfs.Cli.Paths;
using Nnpfs.Proto.Admin;
using Nnpfs.TestKit;
using MountTable = Nnpfs.Cli.Paths.MountTable;

namespace Nnpfs.Unit.Tests.Admin;

public sealed class PathArgumentTests
{
    private static readonly MountTable Mounts = MountTable.Parse(
    [
        "20 1 8:1 / / rw - ext4 /dev/sda1 rw",
        "30 20 0:40 / /mnt/docs rw,nosuid shared:5 - fuse.nnpfs nnpfs:docs rw",
        @"31 20 0:41 / /mnt/with\040blank rw - fuse.nnpfs nnpfs:source rw",
        "32 20 0:40 /linux /srv/linux rw - fuse.nnpfs nnpfs:docs rw",
        "33 30 0:50 / /mnt/docs/covered rw - tmpfs tmpfs rw",
        "34 20 0:42 / /mnt/other rw - fuse.sshfs nnpfs:liar rw",
        "malformed",
    ]);

    [Theory]
    [InlineData("docs:a/b", "docs", "a/b")]
    [InlineData("docs:", "docs", "")]
    [InlineData("docs:/a/", "docs", "a")]
    [InlineData("/mnt/docs", "docs", "")]
    [InlineData("/mnt/docs/a//b/", "docs", "a/b")]
    [InlineData("/mnt/docs/a/../c:d", "docs", "c:d")]
    [InlineData("/mnt/docs/../docs/x", "docs", "x")]
    [InlineData("/mnt/with blank/x", "source", "x")]
    [InlineData("/srv/linux/README", "docs", "linux/README")]
    [InlineData("deeper", "docs", "here/deeper")]
    [InlineData("./a:b", "docs", "here/a:b")]
    [InlineData("..", "docs", "")]
    public void A_path_names_a_volume_and_a_path_in_it(string argument, string volume, string path)
    {
        Assert.Equal("", PathArgument.Resolve(argument, Mounts, "/mnt/docs/here", out Target? target));
        Assert.Equal((volume, path), (target!.Volume, target.Path.ToStringUtf8()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc")]
    [InlineData("/mnt")]
    [InlineData("/mnt/docs/..")]
    [InlineData("/mnt/docs/covered/x")]
    [InlineData("/mnt/other/x")]
    public void What_is_not_on_a_mount_is_refused_with_the_mounts_that_there_are(string argument)
    {
        Assert.NotEqual("", PathArgument.Resolve(argument, Mounts, "/", out Target? target));
        Assert.Null(target);
    }

    [Fact]
    public void A_link_outside_of_mounts_is_followed()
    {
        using var scratch = new Scratch();
        File.CreateSymbolicLink(scratch.Path("to-docs"), "/mnt/docs/a");
        File.CreateSymbolicLink(scratch.Path("round"), "round");
        Assert.Equal("", PathArgument.Resolve("to-docs/b", Mounts, scratch.Root, out Target? target));
        Assert.Equal("a/b", target!.Path.ToStringUtf8());
        Assert.NotEqual("", PathArgument.Resolve("round/b", Mounts, scratch.Root, out _));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_taken_from_the_arguments_themselves()
    {
        byte[] commandLine = [.. "nnpfsctl\0stat\0sub/b"u8, 0xFF, 0];
        Assert.Equal([.. "here/sub/b"u8, 0xFF], RawArguments.Bytes("here/sub/b\uFFFD", commandLine).ToByteArray());
        byte[] byVolume = [.. "nnpfsctl\0stat\0docs:b"u8, 0xFF, 0];
        Assert.Equal([.. "b"u8, 0xFF], RawArguments.Bytes("b\uFFFD", byVolume).ToByteArray());
    }
}
