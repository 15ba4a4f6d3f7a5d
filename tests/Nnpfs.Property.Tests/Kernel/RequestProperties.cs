using FsCheck;
using FsCheck.Fluent;
using Nnpfs.Fuse.Kernel;
using Nnpfs.TestKit;

namespace Nnpfs.Property.Tests.Kernel;

/// <summary>Whatever bytes the kernel's side sends: a parser answers true or false, and never throws.</summary>
public sealed class RequestProperties
{
    private static readonly Config Runs = Fuzz.Runs(2000);

    [Fact]
    public void No_bytes_make_a_parser_throw() => Check.One(Runs, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), body =>
    {
        Try<LookupRequest>(body);
        Try<ForgetRequest>(body);
        Try<BatchForgetRequest>(body);
        Try<GetAttrRequest>(body);
        Try<StatxRequest>(body);
        Try<OpenRequest>(body);
        Try<ReadRequest>(body);
        Try<ReadDirRequest>(body);
        Try<ReleaseRequest>(body);
        Try<GetXattrRequest>(body);
        Try<ListXattrRequest>(body);
        Try<LseekRequest>(body);
        Try<InterruptRequest>(body);
        Try<InitRequest>(body);
        return true;
    }));

    [Fact]
    public void A_directory_writer_stays_in_its_room() => Check.One(Runs, Prop.ForAll(
        Gen.Choose(0, 600).Zip(Gen.Choose(1, 255)).ToArbitrary(),
        sizes =>
        {
            (int size, int length) = sizes;
            byte[] room = new byte[size + 8];
            var writer = new DirectoryWriter(room.AsSpan(0, size));
            while (writer.TryAdd(new DirectoryEntry(1, 1, 0x81A4), Enumerable.Repeat((byte)'n', length).ToArray()))
            {
            }
            return writer.Length <= size && writer.Length % 8 == 0 && room.AsSpan(size).IndexOfAnyExcept((byte)0) < 0;
        }));

    private static void Try<T>(byte[] body)
        where T : struct, IRequest<T>
    {
        InHeader header = default;
        var reader = new RequestReader(body);
        if (T.TryParse(in header, ref reader, out T request))
            _ = request.Detail;
    }
}
