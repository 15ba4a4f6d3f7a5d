using Microsoft.Extensions.Logging;

namespace Nnpfs.Fuse.Session;

/// <summary>What all threads of one session share.</summary>
internal sealed record SessionParts(Dispatcher Dispatcher, RequestPool Requests, WireTrace Trace, int MaxReply, ILogger Log);
