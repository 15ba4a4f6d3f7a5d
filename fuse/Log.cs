using Microsoft.Extensions.Logging;

namespace Nnpfs.Fuse;

/// <summary>What a session says.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "all threads share one /dev/fuse: a second one cannot be opened ({Errno})")]
    public static partial void CloneFailed(this ILogger log, Errno errno);

    [LoggerMessage(Level = LogLevel.Information, Message = "the ring of CPU {Cpu} is served by a thread that runs anywhere: it cannot be kept there ({Errno})")]
    public static partial void NotPinned(this ILogger log, int cpu, Errno errno);

    [LoggerMessage(Level = LogLevel.Error, Message = "the kernel has refused an entry of the ring of CPU {Cpu} with {Errno}: the ring goes on with one less")]
    public static partial void EntryLost(this ILogger log, int cpu, Errno errno);

    [LoggerMessage(Level = LogLevel.Error, Message = "reading /dev/fuse failed with {Errno}: this thread ends")]
    public static partial void DeviceFailed(this ILogger log, Errno errno);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Opcode} req={Request} node={Node} failed")]
    public static partial void HandlerFailed(this ILogger log, Exception exception, string opcode, ulong request, ulong node);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Opcode} req={Request} node={Node}: the kernel refused the reply of {Length} bytes with {Errno}")]
    public static partial void ReplyRefused(this ILogger log, string opcode, ulong request, ulong node, int length, Errno errno);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Opcode} req={Request} node={Node}: makes no sense, answered EIO; its body: {Body}")]
    public static partial void RequestMalformed(this ILogger log, string opcode, ulong request, ulong node, string body);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Length} bytes from /dev/fuse are no request")]
    public static partial void NotARequest(this ILogger log, int length);

    [LoggerMessage(Level = LogLevel.Debug, Message = "opcode {Opcode} req={Request} is not known here: answered ENOSYS, the kernel will not ask again")]
    public static partial void UnknownOpcode(this ILogger log, uint opcode, ulong request);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Opcode} req={Request} node={Node} {Detail} -> {Answer} {Elapsed:0.000}ms {Note}")]
    public static partial void Answered(
        this ILogger log, string opcode, ulong request, ulong node, string detail, string answer, double elapsed, string note);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} requests did not end within {Seconds} s of the unmount")]
    public static partial void RequestsLeft(this ILogger log, int count, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "wire {Direction} {Length} bytes: {Hex}")]
    public static partial void Wire(this ILogger log, string direction, int length, string hex);
}
