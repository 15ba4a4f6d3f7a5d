using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>What came for a call before its wakeup.</summary>
/// <param name="Install">the last install that echoed its number; null: none. Its fields are not checked</param>
/// <param name="Descriptor">that came along, the caller's to dispose</param>
internal readonly record struct CallAnswer(Envelope? Install, SafeFd? Descriptor);
