using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Posix;

public sealed class MountEntryTests
{
    [Fact]
    public void A_line_with_optional_fields_and_escapes_is_read()
    {
        Assert.True(MountEntry.TryParse(@"36 35 0:48 / /mnt/a\040b\134c ro,nosuid shared:1 master:2 - fuse.nnpfs nnpfs:docs ro,user_id=0", out MountEntry? entry));

        Assert.Equal(new MountEntry(36, 48, @"/mnt/a b\c", "ro,nosuid", "fuse.nnpfs", "nnpfs:docs"), entry);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("36 35 0:48 / /mnt ro")]
    [InlineData("36 35 0:48 / /mnt ro - fuse")]
    [InlineData("x 35 0:48 / /mnt ro - fuse s o")]
    [InlineData("36 35 48 / /mnt ro - fuse s o")]
    public void What_is_no_mount_is_left_out(string line)
    {
        Assert.False(MountEntry.TryParse(line, out _));
        Assert.Empty(MountEntry.ParseAll(line + "\n"));
    }

    [Fact]
    public void The_root_is_always_there() => Assert.NotNull(MountEntry.At("/"));
}
