using System.Buffers;
using Nnpfs.Origins.Http.Asking;

namespace Nnpfs.Origins.Http.Reading;

/// <summary>Moves a response's body into a taker, in large pieces, under the idle limit.</summary>
internal static class BodyPump
{
    private const int PieceSize = 512 << 10;

    /// <param name="answer">its body is read from where it is</param>
    /// <param name="transport">translates and logs failures</param>
    /// <param name="take">gets each piece, valid until its task ends; an errno ends the pump. ENODATA = enough, without an error</param>
    /// <param name="cancel">the caller's</param>
    /// <returns>zero at the end of the body (whose length .NET has checked against Content-Length or the chunks)</returns>
    public static async ValueTask<Errno> RunAsync(
        HttpAnswer answer, HttpTransport transport, Func<ReadOnlyMemory<byte>, ValueTask<Errno>> take, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            await using Stream body = await answer.Response.Content.ReadAsStreamAsync(answer.Idle.Token);
            while (true)
            {
                answer.Idle.Start();
                int count = await body.ReadAsync(buffer, answer.Idle.Token);
                answer.Idle.Stop();
                if (count == 0)
                    return 0;
                if (await take(buffer.AsMemory(0, count)) is var errno && errno != 0)
                    return errno == Errno.ENODATA ? 0 : errno;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            return transport.Failed(answer.Url, e, cancel);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
