using System.Buffers.Binary;
using Nnpfs.Fuse.Kernel;
using static Nnpfs.Unit.Tests.Session.FakeDevice;

namespace Nnpfs.Unit.Tests.Kernel;

/// <summary>Bodies of requests, byte by byte: what they mean, with one flag changed, and cut at every length.</summary>
public sealed class RequestParsingTests
{
    private static readonly InHeader Header = new() { Node = 44 };

    private static bool Parse<T>(byte[] body, out T request)
        where T : struct, IRequest<T>
    {
        var reader = new RequestReader(body);
        return T.TryParse(in Header, ref reader, out request);
    }

    private static void FailsWhenCut<T>(byte[] body)
        where T : struct, IRequest<T>
    {
        Assert.True(Parse<T>(body, out _));
        for (int length = 0; length < body.Length; length++)
            Assert.False(Parse<T>(body[..length], out _), $"cut to {length}");
    }

    [Fact]
    public void A_read_has_its_file_offset_and_size()
    {
        byte[] body = [.. U64(7), .. U64(131072), .. U32(65536), .. U32(0), .. U64(0), .. U32(0x8000), .. U32(0)];

        Assert.True(Parse(body, out ReadRequest read));
        Assert.Equal(new ReadRequest(44, new FileHandle(7), 131072, 65536, 0x8000), read);
        FailsWhenCut<ReadRequest>(body);
        body[15] = 0x80; // the offset's top bit: negative to the kernel, nonsense here
        Assert.False(Parse(body, out read));
    }

    [Fact]
    public void The_file_of_a_getattr_is_there_when_its_flag_says_so()
    {
        byte[] body = [.. U32(1), .. U32(0), .. U64(9)];

        Assert.True(Parse(body, out GetAttrRequest withFile));
        Assert.Equal(new FileHandle(9), withFile.File);
        body[0] = 0;
        Assert.True(Parse(body, out GetAttrRequest without));
        Assert.Null(without.File);
        FailsWhenCut<GetAttrRequest>(body);
    }

    [Fact]
    public void A_statx_is_a_getattr_with_a_mask()
    {
        byte[] body = [.. U32(1), .. U32(0), .. U64(9), .. U32(0x100), .. U32(0xfff)];

        Assert.True(Parse(body, out StatxRequest statx));
        Assert.Equal(new StatxRequest(44, new FileHandle(9), 0x100, 0xfff), statx);
        FailsWhenCut<StatxRequest>(body);
    }

    [Fact]
    public void A_name_ends_at_its_NUL_and_is_never_empty()
    {
        Assert.True(Parse(Text("notes"), out LookupRequest lookup));
        Assert.Equal("notes", lookup.Name.ToString());
        FailsWhenCut<LookupRequest>(Text("notes"));
        Assert.False(Parse<LookupRequest>([0], out _));
        Assert.True(Parse<LookupRequest>([0xff, 0xfe, 0], out lookup)); // any bytes
        Assert.Equal([0xff, 0xfe], lookup.Name.Bytes.ToArray());
    }

    [Fact]
    public void Xattr_requests_have_a_size_and_a_name()
    {
        byte[] body = [.. U32(64), .. U32(0), .. Text("user.nnpfs.node")];

        Assert.True(Parse(body, out GetXattrRequest get));
        Assert.Equal((64, "user.nnpfs.node"), (get.Size, get.Name.ToString()));
        FailsWhenCut<GetXattrRequest>(body);
        FailsWhenCut<ListXattrRequest>([.. U32(64), .. U32(0)]);
    }

    [Fact]
    public void Fixed_bodies_fail_at_every_shorter_length()
    {
        FailsWhenCut<OpenRequest>([.. U32(0x8000), .. U32(0)]);
        FailsWhenCut<ReleaseRequest>(new byte[24]);
        FailsWhenCut<LseekRequest>([.. U64(1), .. U64(4096), .. U32(3), .. U32(0)]);
        FailsWhenCut<ReadDirRequest>(new byte[40]);
        FailsWhenCut<ForgetRequest>(U64(1));
        FailsWhenCut<BatchForgetRequest>([.. U32(1), .. U32(0), .. U64(5), .. U64(1)]);
        FailsWhenCut<InterruptRequest>(U64(1));
        FailsWhenCut<InitRequest>(new byte[16]);
    }

    [Fact]
    public void Directory_entries_are_padded_to_eight_bytes_and_stop_where_the_room_ends()
    {
        byte[] room = new byte[100];
        Array.Fill(room, (byte)0xee);
        var writer = new DirectoryWriter(room);

        Assert.True(writer.TryAdd(new DirectoryEntry(5, 1, 0x41ED), "abc"u8));       // 24 + 3 -> 32
        Assert.True(writer.TryAdd(new DirectoryEntry(6, 2, 0x81A4), "12345678"u8));  // 24 + 8 = 32
        Assert.True(writer.TryAdd(new DirectoryEntry(7, 3, 0xA1FF), "l"u8));         // 24 + 1 -> 32
        Assert.False(writer.TryAdd(new DirectoryEntry(8, 4, 0x81A4), "x"u8));

        Assert.Equal(96, writer.Length);
        Assert.Equal(5UL, BinaryPrimitives.ReadUInt64LittleEndian(room));
        Assert.Equal(1UL, BinaryPrimitives.ReadUInt64LittleEndian(room.AsSpan(8)));
        Assert.Equal(3u, BinaryPrimitives.ReadUInt32LittleEndian(room.AsSpan(16)));
        Assert.Equal(4u, BinaryPrimitives.ReadUInt32LittleEndian(room.AsSpan(20)));  // DT_DIR
        Assert.Equal([(byte)'a', (byte)'b', (byte)'c', 0, 0, 0, 0, 0], room[24..32]);
        Assert.Equal(0xee, room[96]);
    }

    [Fact]
    public void An_entry_with_attributes_takes_152_bytes_and_its_name()
    {
        byte[] room = new byte[160];
        var writer = new DirectoryWriter(room);
        var entry = new EntryOut(9, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), new Attr { Inode = 9 });

        Assert.True(writer.TryAddPlus(in entry, new DirectoryEntry(9, 1, 0x81A4), "name"u8));

        Assert.Equal(160, writer.Length);
        Assert.Equal(9UL, BinaryPrimitives.ReadUInt64LittleEndian(room));
        Assert.Equal("name"u8.ToArray(), room[152..156]);
    }

    [Fact]
    public void A_value_answers_its_size_or_itself_or_ERANGE()
    {
        byte[] room = new byte[16];

        Assert.Equal(8, XattrAnswer.Of("value"u8, 0, room).Value.Length);
        Assert.Equal(5u, BinaryPrimitives.ReadUInt32LittleEndian(room));
        Assert.Equal(5, XattrAnswer.Of("value"u8, 5, room).Value.Length);
        Assert.Equal(Errno.ERANGE, XattrAnswer.Of("value"u8, 4, room).Errno);
    }
}
