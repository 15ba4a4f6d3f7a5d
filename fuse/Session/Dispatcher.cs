using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>Has one request answered, once, whatever happens: a handler's result, its exception, or bytes that make no sense.</summary>
internal sealed class Dispatcher(OpcodeTable table, InFlight inFlight, RequestCounts counts, WireTrace trace, ILogger log)
{
    /// <summary>Runs on the session's thread for as long as the answer is there at once: then it costs no allocation.</summary>
    /// <param name="request">begun; when the task is not complete on return, it belongs to the task</param>
    /// <param name="source">where it came from, and its answer goes</param>
    public async ValueTask AnswerAsync(Request request, IRequestSource source)
    {
        OpcodeRow? row = table.Find(request.Header.Opcode);
        counts.Count(request.Header.Opcode);
        bool logged = log.IsEnabled(LogLevel.Debug);
        long started = logged ? Stopwatch.GetTimestamp() : 0;
        string detail = logged && row is not null ? row.Detail(request) : "";
        bool left = false;
        Result<int> answer;
        try
        {
            ValueTask<Result<int>> running = Run(row, request);
            if (!running.IsCompleted)
            {
                left = true;
                inFlight.Add(request);
                source.GoOnWithout(request);
            }
            answer = await running;
        }
        catch (OperationCanceledException) when (request.IsInterrupted)
        {
            answer = Errno.EINTR;
        }
        catch (Exception exception)
        {
            log.HandlerFailed(exception, row?.Name ?? "?", request.Unique, request.Header.Node);
            answer = Errno.EIO;
        }

        if (row?.Replies ?? true)
            Send(request, source, answer, row?.Name ?? "?");
        if (logged)
            log.Answered(row?.Name ?? "?", request.Unique, request.Header.Node, detail, Describe(answer), Stopwatch.GetElapsedTime(started).TotalMilliseconds, request.Note ?? "");
        End(request, source, left);
    }

    private ValueTask<Result<int>> Run(OpcodeRow? row, Request request)
    {
        if (row is null)
        {
            log.UnknownOpcode((uint)request.Header.Opcode, request.Unique);
            return new(Errno.ENOSYS);
        }
        return request.Body.Length < row.MinimumSize ? new(Errno.EPROTO) : row.RunAsync(request);
    }

    private void Send(Request request, IRequestSource source, Result<int> answer, string name)
    {
        if (!answer.TryGet(out int length, out Errno errno))
        {
            length = 0;
            if (errno == Errno.EPROTO)
                log.RequestMalformed(name, request.Unique, request.Header.Node, Convert.ToHexStringLower(request.Body.Span[..Math.Min(request.Body.Length, 64)]));
        }
        Span<byte> output = request.Output(length).Span;
        var header = new OutHeader { Length = (uint)output.Length, Error = -WireErrno(errno), Unique = request.Unique };
        MemoryMarshal.Write(output, in header);
        trace.ToKernel(output);
        // ENOENT: the application is gone. ENODEV: so is the mount.
        if (source.Send(request, output) is var refused && refused is not (0 or Errno.ENOENT or Errno.ENODEV))
            log.ReplyRefused(name, header.Unique, request.Header.Node, output.Length, refused);
    }

    private void End(Request request, IRequestSource source, bool left)
    {
        if (left)
            inFlight.Remove(request.Unique);
        source.Release(request, left);
    }

    private static int WireErrno(Errno errno) => errno == Errno.EPROTO ? (int)Errno.EIO : (int)errno;

    private static string Describe(Result<int> answer) => answer.TryGet(out int length, out Errno errno) ? $"{length}" : errno.ToString();
}
