using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Lets HTTP/2 with prior knowledge (gRPC) and HTTP/1.1 (metrics) share one socket.</summary>
/// <remarks>
/// Kestrel takes every connection without TLS for HTTP/1.1 where both are allowed, since no ALPN told otherwise. So this looks at the
/// first bytes (RFC 9113, section 3.4: "PRI * HTTP/2.0") and plays the part of ALPN. It costs the scheme check: see AdminServer.
/// </remarks>
internal static class PrefaceProtocol
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0"u8;

    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        if (await BeginsWithPrefaceAsync(connection.Transport.Input, connection.ConnectionClosed))
        {
            connection.Features.Set<ITlsConnectionFeature>(NoCertificate.Instance);
            connection.Features.Set<ITlsApplicationProtocolFeature>(Http2.Instance);
        }
        await next(connection);
    };

    // Consumes nothing. False for anything else, a peer that says nothing in time included: HTTP/1.1 then ends it by its own limits.
    private static async Task<bool> BeginsWithPrefaceAsync(PipeReader input, CancellationToken closed)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(closed);
        limit.CancelAfter(_limit);
        using CancellationTokenRegistration wake = limit.Token.Register(input.CancelPendingRead);
        while (true)
        {
            ReadResult read = await input.ReadAsync(CancellationToken.None);
            bool? isPreface = Compare(read.Buffer);
            input.AdvanceTo(read.Buffer.Start, isPreface is null ? read.Buffer.End : read.Buffer.Start);
            if (isPreface is { } known)
                return known;
            if (read.IsCompleted || read.IsCanceled)
                return false;
        }
    }

    /// <returns>null while the bytes could still become the preface</returns>
    private static bool? Compare(ReadOnlySequence<byte> buffer)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(buffer.Length, Preface.Length)];
        buffer.Slice(0, start.Length).CopyTo(start);
        return !Preface.StartsWith(start) ? false : start.Length == Preface.Length ? true : null;
    }

    private sealed class Http2 : ITlsApplicationProtocolFeature
    {
        public static readonly Http2 Instance = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();
    }

    private sealed class NoCertificate : ITlsConnectionFeature
    {
        public static readonly NoCertificate Instance = new();

        public X509Certificate2? ClientCertificate { get; set; }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult<X509Certificate2?>(null);
    }
}
