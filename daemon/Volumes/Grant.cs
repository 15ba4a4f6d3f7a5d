using Nnpfs.Daemon.Cache;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What a call found out, with the moment at which it began to find out.</summary>
/// <param name="Node">the node; null = the name leads to nothing</param>
/// <param name="Parent">the directory of the name; of the root: itself</param>
/// <param name="FreshUntil">in milliseconds of <see cref="Freshness.Now"/>, unless a break came since</param>
/// <param name="Since">the moment (<see cref="Freshness.Moment"/>) before the first question was asked</param>
/// <remarks>
/// INVARIANT: a grant is turned into a token (<see cref="Volume.ValidMs"/>) under the lock of the mount's session, under which
/// invalidations are sent as well: so either the break is seen here, or the Invalidate goes out behind the install.
/// </remarks>
internal readonly record struct Grant(NodeRecord? Node, NodeId Parent, long FreshUntil, long Since);
