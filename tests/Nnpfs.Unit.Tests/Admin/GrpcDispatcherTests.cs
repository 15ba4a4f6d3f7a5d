using Google.Protobuf;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Proto.Admin;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>The adapter over a real Kestrel, called with frames that a stock client would not send.</summary>
public sealed class GrpcDispatcherTests
{
    [Fact]
    public async Task A_call_is_answered_with_status_zero() => Assert.Equal(GrpcCode.Ok, (await SendAsync(new())).Code);

    [Fact]
    public async Task A_content_type_with_a_suffix_is_taken() =>
        Assert.Equal(GrpcCode.Ok, (await SendAsync(new() { ContentType = "application/grpc+proto" })).Code);

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpcish")]
    public async Task Another_content_type_is_http_415(string type) =>
        Assert.Equal(415, (await SendAsync(new() { ContentType = type })).Http);

    [Fact]
    public async Task An_unknown_method_is_unimplemented()
    {
        RawAnswer answer = await SendAsync(new() { Path = "/nnpfs.admin.v1.Admin/Nonsense" });
        Assert.Equal(GrpcCode.Unimplemented, answer.Code);
        Assert.Contains("Nonsense", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_message_is_unimplemented() =>
        Assert.Equal(GrpcCode.Unimplemented, (await SendAsync(new() { Body = [1, 0, 0, 0, 0] })).Code);

    [Theory]
    [InlineData(new byte[0])]                              // no message at all
    [InlineData(new byte[] { 0, 0, 0 })]                   // cut within the prefix
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 1 })]          // cut within the message
    [InlineData(new byte[] { 2, 0, 0, 0, 0 })]             // no such flag
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // two messages
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0xFF, 0xFF })] // no Protobuf message
    public async Task A_malformed_request_is_internal(byte[] body) =>
        Assert.Equal(GrpcCode.Internal, (await SendAsync(new() { Body = body })).Code);

    [Fact]
    public async Task A_message_over_the_limit_is_resource_exhausted()
    {
        byte[] prefix = [0, .. BitConverter.GetBytes(GrpcDispatcher.MaxRequest + 1).Reverse()];
        Assert.Equal(GrpcCode.ResourceExhausted, (await SendAsync(new() { Body = [.. prefix, 1, 2, 3] })).Code);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("123456789S")]
    public async Task A_malformed_deadline_is_internal(string timeout) =>
        Assert.Equal(GrpcCode.Internal, (await SendAsync(new() { Timeout = timeout })).Code);

    [Fact]
    public async Task A_deadline_ends_a_call_and_what_it_does()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Docs.Gate = new();
        RawAnswer answer = await Prefetch("docs", "a", "1500m").SendAsync(admin.Socket);
        Assert.Equal(GrpcCode.DeadlineExceeded, answer.Code);
        Assert.Equal(1, admin.Docs.Cancelled);
    }

    [Fact]
    public async Task A_caller_who_goes_away_cancels_what_the_call_does()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Docs.Gate = new();
        using var cancel = new CancellationTokenSource();
        Task<RawAnswer> call = Prefetch("docs", "a", null).SendAsync(admin.Socket, cancel.Token);
        await TestKit.Patience.UntilAsync(() => admin.Docs.Usage.Bytes > 0, "the prefetch to have begun");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await TestKit.Patience.UntilAsync(() => admin.Docs.Cancelled == 1, "the prefetch to be cancelled");
    }

    [Fact]
    public async Task A_server_that_ends_ends_its_calls_with_unavailable()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Docs.Gate = new();
        Task<RawAnswer> call = Prefetch("docs", "a", null).SendAsync(admin.Socket);
        await TestKit.Patience.UntilAsync(() => admin.Docs.Usage.Bytes > 0, "the prefetch to have begun");
        await admin.StopAsync();
        Assert.Equal(GrpcCode.Unavailable, (await call).Code);
    }

    [Fact]
    public async Task An_errno_travels_with_its_name_and_a_message_with_any_letters()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        var request = new StatRequest { Target = new() { Volume = "docs", Path = ByteString.CopyFromUtf8("näh\n%") } };
        RawAnswer answer = await new RawCall { Path = "/nnpfs.admin.v1.Admin/Stat", Body = RawCall.Frame(request) }.SendAsync(admin.Socket);
        Assert.Equal((GrpcCode.NotFound, "ENOENT"), (answer.Code, answer.Errno));
        Assert.StartsWith("docs:näh\n%: there is no such file", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_surprise_is_internal_and_the_server_goes_on()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Docs.Mounts.Add(null!);
        Assert.Equal(GrpcCode.Internal, (await new RawCall().SendAsync(admin.Socket)).Code);
        admin.Docs.Mounts.Clear();
        Assert.Equal(GrpcCode.Ok, (await new RawCall().SendAsync(admin.Socket)).Code);
    }

    private static RawCall Prefetch(string volume, string path, string? timeout)
    {
        var request = new PrefetchRequest { Targets = { new Target { Volume = volume, Path = ByteString.CopyFromUtf8(path) } } };
        return new() { Path = "/nnpfs.admin.v1.Admin/Prefetch", Body = RawCall.Frame(request), Timeout = timeout };
    }

    private static async Task<RawAnswer> SendAsync(RawCall call)
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        return await call.SendAsync(admin.Socket);
    }
}
