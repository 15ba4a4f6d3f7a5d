using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>Takes in what arlad sends besides wakeups: one at a time, in the order of the channel, without blocking.</summary>
internal interface IInstalls
{
    /// <summary>The count of breaks now: <see cref="Nodes.NodeTable.Breaks"/>.</summary>
    long Breaks { get; }

    /// <summary>The epoch that all tokens belong to, ours and the kernel's, or an earlier one; 0: there are none.</summary>
    ulong Epoch { get; }

    /// <summary>arlad has welcomed the mount, again perhaps.</summary>
    /// <param name="directory">of the block files, the callee's; null with blocks by descriptor</param>
    /// <returns>false: it does not fit what was before (another block size)</returns>
    bool Welcome(Welcome welcome, SafeFd? directory);

    /// <summary>The connection has ended: nobody can be asked until the next welcome.</summary>
    void Gone();

    /// <param name="envelope">an install, Invalidate or Reclaim</param>
    /// <param name="asked">the count of breaks when the call was made that it answers; now, for what nobody asked for</param>
    /// <param name="connection">that it came by: <see cref="DaemonChannel.Post(Envelope, long)"/></param>
    /// <returns>false: it says what cannot be; the connection is closed</returns>
    bool Take(Envelope envelope, long asked, long connection);
}
