using System.Runtime.CompilerServices;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>All that there is to know of one opcode: its name, the least it can weigh, whether it is answered, and by what.</summary>
internal abstract class OpcodeRow(Opcode opcode, string name, int minimumSize, bool replies = true)
{
    public Opcode Opcode => opcode;

    /// <summary>As in the kernel's header, without its prefix; for log lines.</summary>
    public string Name => name;

    /// <summary>Bytes of the shortest body that makes sense.</summary>
    public int MinimumSize => minimumSize;

    /// <summary>False: the kernel expects no answer, and takes none.</summary>
    public bool Replies => replies;

    /// <summary>Parses the request and has it answered; the body of a success is put into the request's output.</summary>
    /// <returns>bytes of the body, or an errno; EPROTO: the request makes no sense</returns>
    public abstract ValueTask<Result<int>> RunAsync(Request request);

    /// <summary>For the log line of the request.</summary>
    public virtual string Detail(Request request) => "";

    /// <summary>A row whose answer is always the same errno.</summary>
    public static OpcodeRow Always(Opcode opcode, string name, int minimumSize, Errno errno) => new ConstantRow(opcode, name, minimumSize, errno);

    /// <summary>A row that a handler answers.</summary>
    public static OpcodeRow Of<TMessage, TReply>(Opcode opcode, string name, int minimumSize, IHandler<TMessage, TReply> handler)
        where TMessage : struct, IRequest<TMessage>
        where TReply : struct, IReply => new HandlerRow<TMessage, TReply>(opcode, name, minimumSize, handler);

    /// <summary>A row that is acted upon and not answered.</summary>
    public static OpcodeRow Unanswered<TMessage>(Opcode opcode, string name, int minimumSize, Action<TMessage> action)
        where TMessage : struct, IRequest<TMessage> => new UnansweredRow<TMessage>(opcode, name, minimumSize, action);

    private sealed class ConstantRow(Opcode opcode, string name, int minimumSize, Errno errno) : OpcodeRow(opcode, name, minimumSize)
    {
        public override ValueTask<Result<int>> RunAsync(Request request) => new(errno == 0 ? Result.Of(0) : errno);
    }

    private abstract class ParsedRow<TMessage>(Opcode opcode, string name, int minimumSize, bool replies)
        : OpcodeRow(opcode, name, minimumSize, replies)
        where TMessage : struct, IRequest<TMessage>
    {
        public override string Detail(Request request) => TryParse(request, out TMessage message) ? message.Detail : "";

        protected static bool TryParse(Request request, out TMessage message)
        {
            var reader = new RequestReader(request.Body);
            return TMessage.TryParse(in request.Header, ref reader, out message);
        }
    }

    private sealed class HandlerRow<TMessage, TReply>(Opcode opcode, string name, int minimumSize, IHandler<TMessage, TReply> handler)
        : ParsedRow<TMessage>(opcode, name, minimumSize, replies: true)
        where TMessage : struct, IRequest<TMessage>
        where TReply : struct, IReply
    {
        public override ValueTask<Result<int>> RunAsync(Request request)
        {
            if (!TryParse(request, out TMessage message))
                return new(Errno.EPROTO);
            ValueTask<Result<TReply>> answer = handler.HandleAsync(message, request);
            return answer.IsCompletedSuccessfully ? new(Put(request, answer.Result)) : FinishAsync(request, answer);
        }

        private static async ValueTask<Result<int>> FinishAsync(Request request, ValueTask<Result<TReply>> answer) =>
            Put(request, await answer);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Result<int> Put(Request request, in Result<TReply> answer) =>
            answer.TryGet(out TReply reply, out Errno errno) ? request.WriteBody(in reply) : errno;
    }

    private sealed class UnansweredRow<TMessage>(Opcode opcode, string name, int minimumSize, Action<TMessage> action)
        : ParsedRow<TMessage>(opcode, name, minimumSize, replies: false)
        where TMessage : struct, IRequest<TMessage>
    {
        public override ValueTask<Result<int>> RunAsync(Request request)
        {
            if (!TryParse(request, out TMessage message))
                return new(Errno.EPROTO);
            action(message);
            return new(0);
        }
    }
}
