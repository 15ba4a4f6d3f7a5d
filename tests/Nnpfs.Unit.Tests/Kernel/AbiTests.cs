using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Kernel;

/// <summary>Our structs against the C compiler's idea of the installed header; what is newer than that, against a table.</summary>
public sealed partial class AbiTests
{
    private static readonly Dictionary<string, Type> Structs = new()
    {
        ["fuse_in_header"] = typeof(InHeader),
        ["fuse_out_header"] = typeof(OutHeader),
        ["fuse_attr"] = typeof(Attr),
        ["fuse_entry_out"] = typeof(EntryOut),
        ["fuse_attr_out"] = typeof(AttrOut),
        ["fuse_getattr_in"] = typeof(GetAttrIn),
        ["fuse_open_in"] = typeof(OpenIn),
        ["fuse_open_out"] = typeof(OpenOut),
        ["fuse_read_in"] = typeof(ReadIn),
        ["fuse_release_in"] = typeof(ReleaseIn),
        ["fuse_kstatfs"] = typeof(StatFsOut),
        ["fuse_getxattr_in"] = typeof(XattrSize),
        ["fuse_lseek_in"] = typeof(LseekIn),
        ["fuse_lseek_out"] = typeof(LseekOut),
        ["fuse_dirent"] = typeof(DirectoryEntryHead),
        ["fuse_forget_one"] = typeof(ForgetOne),
        ["fuse_batch_forget_in"] = typeof(BatchForgetIn),
        ["fuse_init_out"] = typeof(InitOut),
        ["fuse_notify_inval_inode_out"] = typeof(InvalidateNodeOut),
        ["fuse_notify_inval_entry_out"] = typeof(InvalidateEntryOut),
        ["fuse_notify_delete_out"] = typeof(DeleteOut),
    };

    /// <summary>Of protocol 7.45, whatever header is installed.</summary>
    public static TheoryData<Type, int> Sizes => new()
    {
        { typeof(InHeader), 40 }, { typeof(OutHeader), 16 }, { typeof(Attr), 88 }, { typeof(EntryOut), 128 }, { typeof(AttrOut), 104 },
        { typeof(StatxOut), 288 }, { typeof(StatxTime), 16 }, { typeof(OpenOut), 16 }, { typeof(StatFsOut), 80 }, { typeof(InitIn), 16 },
        { typeof(InitOut), 64 }, { typeof(ReadIn), 40 }, { typeof(LseekIn), 24 }, { typeof(ReleaseIn), 24 },
        { typeof(FuseRingHeader), 288 }, { typeof(FuseRingSizes), 32 }, { typeof(FuseRingCommand), 24 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_struct_has_the_size_of_the_protocol(Type type, int size) => Assert.Equal(size, SizeOf(type));

    /// <summary>Newer than most installed headers: fuse_uring_req_header, fuse_uring_ent_in_out, fuse_uring_cmd_req of protocol 7.42.</summary>
    [Fact]
    public void The_ring_structs_lie_as_the_protocol_has_them()
    {
        FuseRingHeader header = default;
        ref byte start = ref Unsafe.As<FuseRingArea, byte>(ref header.InOut);
        Assert.Equal(128, Unsafe.ByteOffset(ref start, ref Unsafe.As<FuseRingArea, byte>(ref header.Operation)));
        Assert.Equal(256, Unsafe.ByteOffset(ref start, ref Unsafe.As<ulong, byte>(ref header.Sizes.Flags)));
        Assert.Equal(264, Unsafe.ByteOffset(ref start, ref Unsafe.As<ulong, byte>(ref header.Sizes.CommitId)));
        Assert.Equal(272, Unsafe.ByteOffset(ref start, ref Unsafe.As<uint, byte>(ref header.Sizes.PayloadSize)));
        Assert.Equal([0L, 8, 16], Offsets(typeof(FuseRingCommand)));
    }

    [FuseHeaderFact]
    public void Sizes_and_offsets_are_those_of_the_installed_header()
    {
        using var scratch = new Scratch();
        string program = scratch.Path("abi");
        string source = Path.Combine(Path.GetDirectoryName(ThisFile())!, "abi.c");
        Assert.Equal((0, ""), ChildProgram.Run("cc", "-o", program, source));

        string[] lines = ChildProgram.Run(program).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(Structs.Count, lines.Length);
        Assert.All(lines, line =>
        {
            string[] words = line.Split(' ');
            Type type = Structs[words[1]];
            Assert.Equal((words[1], words[2]), (words[1], $"{SizeOf(type)}"));
            Assert.Equal($"{words[1]} {string.Join(' ', words[3..])}", $"{words[1]} {string.Join(' ', Offsets(type).Take(words.Length - 3))}");
        });
    }

    [Fact]
    public void Every_opcode_is_in_the_table_or_left_out_for_a_reason()
    {
        var table = new OpcodeTable(FakeHandlers.Set, new InFlight());
        var rows = table.All.Select(row => row.Opcode).ToHashSet();

        Assert.All(Enum.GetValues<Opcode>(), opcode => Assert.True(rows.Contains(opcode) ^ OpcodeTable.Omissions.ContainsKey(opcode), $"{opcode}"));
        Assert.All(OpcodeTable.Omissions.Values, reason => Assert.NotEmpty(reason));
    }

    [FuseHeaderFact]
    public void Every_opcode_of_the_installed_header_is_known_by_its_number_and_name()
    {
        var table = new OpcodeTable(FakeHandlers.Set, new InFlight());
        MatchCollection opcodes = OpcodeLine().Matches(File.ReadAllText(Facilities.FuseHeader).Split("enum fuse_opcode {")[1].Split('}')[0]);

        Assert.True(opcodes.Count > 40);
        Assert.All(opcodes, match =>
        {
            var opcode = (Opcode)uint.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(Enum.IsDefined(opcode), match.Value);
            if (table.Find(opcode) is { } row)
                Assert.Equal(match.Groups[1].Value.Replace("_", "", StringComparison.Ordinal), row.Name.Replace("_", "", StringComparison.Ordinal));
        });
    }

    [GeneratedRegex(@"^\tFUSE_([A-Z0-9_]+?)\s*= (\d{1,2}),", RegexOptions.Multiline)]
    private static partial Regex OpcodeLine();

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static IEnumerable<long> Offsets(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => (long)Marshal.OffsetOf(type, field.Name))
            .Order();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
