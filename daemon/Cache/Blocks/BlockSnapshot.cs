using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>What one commit writes down of one block: pages that were filled before the sync began.</summary>
internal sealed record BlockSnapshot(Content Content, long Index, Block Block, ulong Map, BlockName Name, SafeFd File);
