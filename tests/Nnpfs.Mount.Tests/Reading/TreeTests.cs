using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>A tree on the mount is the tree of the origin: compared by the programs that people use.</summary>
public sealed class TreeTests
{
    // All that a file has, a line each; times to the nanosecond.
    private const string Facts = "cd \"$1\" && find . -type d -printf '%P|%y|%m|%U|%G|%T@|%n\\n' -o -printf '%P|%y|%l|%s|%m|%U|%G|%T@|%n\\n' | LC_ALL=C sort | LC_ALL=C cat -v";

    private const string MakeOddNames = """
        cd "$1"
        for n in "$(printf '\377\376\200')" "$(printf 'new\nline.')" 'back\slash' '*?[a]' ' spaces ' "qu'\"otes" '-rf' "$(printf 'tab\t')" 'ünï' '...' '#x?y=z&a%41' "$(printf '\001\002')" ; do
            printf '%s' "$n" > "./$n"; mkdir "./d$n"; printf 'in %s' "$n" > "./d$n/$n"; ln -s "$n" "./l$n"
        done
        long=$(printf '%0255d' 7); echo long > "$long"; ln -s nowhere dangling; ln -s /etc/passwd absolute; ln -s . loop
        mkfifo pipe; mknod char c 1 3; mknod block b 7 0; mkdir empty
        /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
        ln "./-rf" second
        chmod 000 "./*?[a]"; chmod 1777 empty
        """;

    private const string MakeDeep = """
        import os, sys
        os.chdir(sys.argv[1])
        for i in range(30):
            os.mkdir("%03d" % i + "x" * 197)
            os.chdir("%03d" % i + "x" * 197)
        open("bottom", "w").write("deep down")
        """;

    private static readonly string[] _content = ["diff", "-r", "--no-dereference"];

    [Claim("S9")]
    [MountFact]
    public async Task Odd_names_links_and_special_files_are_shown_as_they_are()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => Shell(MakeOddNames, origin) });

        Assert.Equal(Shell(Facts, mount.Origin), Shell(Facts, mount.Root));
        Assert.Equal("", Shell("cd \"$1\" && find . -type f -exec cmp {} \"$2/\"{} \\;", mount.Root, mount.Origin));
        mount.DropKernelCache(); // and again, by name instead of by listing
        Assert.Equal("", Shell("cd \"$2\" && find . -type f -exec cmp {} \"$1/\"{} \\;", mount.Root, mount.Origin));
    }

    [Claim("S9")]
    [MountFact]
    public async Task Files_deeper_than_PATH_MAX_can_be_read()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => Run("/usr/bin/python3", "-c", MakeDeep, origin) });

        Assert.Equal("deep down", Run("find", mount.Root, "-name", "bottom", "-execdir", "cat", "{}", ";"));
        Assert.Equal(Shell(Facts, mount.Origin), Shell(Facts, mount.Root));
    }

    [Claim("S9")]
    [MountFact]
    public async Task A_sparse_file_has_its_holes_read_as_zeros()
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin => Shell("cd \"$1\" && truncate -s 50M sparse && echo middle | dd of=sparse bs=1M seek=25 conv=notrunc status=none && truncate -s 3M hole", origin),
        });

        Assert.Equal("", Run("cmp", mount.At("sparse"), $"{mount.Origin}/sparse"));
        Assert.Equal("", Run("cmp", mount.At("hole"), $"{mount.Origin}/hole"));
        Assert.Equal("", Shell("cp --sparse=auto \"$1\" \"$2/copy\" && cmp \"$2/copy\" \"$1\"", mount.At("sparse"), mount.Arlad.Scratch.Root));
    }

    [Claim("S1")]
    [Claim("S9")]
    [MountFact]
    public async Task A_tree_of_the_system_is_equal_to_itself()
    {
        const string tree = "/usr/share/doc";
        string[] some = [.. Directory.GetDirectories(tree).Order(StringComparer.Ordinal).Take(40)];
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = tree });

        foreach (string folder in some)
        {
            string name = Path.GetFileName(folder);
            Assert.Equal("", Run(_content[0], [.. _content[1..], folder, mount.At(name)]));
            Assert.Equal(Shell(Facts, folder), Shell(Facts, mount.At(name)));
        }
    }

    private static string Shell(string script, params string[] arguments) => Run("sh", ["-c", script, "sh", .. arguments]);

    private static string Run(string program, params string[] arguments)
    {
        (int status, string output) = ChildProgram.Run(program, arguments);
        return status == 0 ? output : throw new InvalidOperationException($"{program}: status {status}\n{output}");
    }
}
