using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>What the kernel knows from a first walk over a tree it does not ask again.</summary>
public sealed class SecondWalkTests
{
    private static readonly string[] Asking =
        ["Lookup", "GetAttr", "Statx", "OpenDir", "ReadDir", "ReadDirPlus", "ReleaseDir", "ReadLink", "Read", "ListXattr"];

    [MountTheory]
    [InlineData("", "find", "-size", "+1M")]
    [InlineData("", "ls", "-R")]
    [InlineData("", "grep", "-rc", "no such text")]
    [InlineData("", "tar", "-cf", "/dev/zero")]
    [InlineData("open=elide", "grep", "-rc", "no such text")]
    public async Task A_second_walk_over_a_cached_tree_asks_for_no_directory_no_name_no_attributes_no_listing_and_no_data(
        string options, params string[] command)
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Options = options, Fill = Fill });
        await WalkAsync(mount, command);

        (DriverCounters first, DriverCounters second) = await mount.QuietUseAsync(() => WalkAsync(mount, command), Asking);

        Assert.True(first.Received("ReadDir") + first.Received("ReadDirPlus") > 0, $"{first}");
        Assert.All(Asking, opcode => Assert.True(second.Received(opcode) == first.Received(opcode), $"{opcode}\n{first}\n{second}"));
    }

    private static async Task WalkAsync(TestMount mount, string[] command)
    {
        string[] arguments = command[0] == "find" ? [mount.Root, .. command[1..]] : [.. command[1..], mount.Root];
        (int status, string output) = await mount.GuardAsync(() => ChildProgram.Run(command[0], arguments));
        Assert.True(status == 0 || (command[0] == "grep" && status == 1), output); // grep: nothing found
    }

    private static void Fill(string origin)
    {
        for (int directory = 0; directory < 10; directory++)
        {
            string path = Directory.CreateDirectory($"{origin}/d{directory}").FullName;
            for (int i = 0; i < 20; i++)
                File.WriteAllBytes($"{path}/{i}", Pattern.Bytes(1000 + i));
            File.CreateSymbolicLink($"{path}/link", "1");
        }
    }
}
