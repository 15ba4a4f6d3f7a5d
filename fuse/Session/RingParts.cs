using Microsoft.Extensions.Logging;

namespace Nnpfs.Fuse.Session;

/// <summary>What all rings of one session share.</summary>
internal sealed record RingParts(Dispatcher Dispatcher, ReplyBufferPool Buffers, ReadThreads ReadThreads, WireTrace Trace, int MaxReply, ILogger Log);
