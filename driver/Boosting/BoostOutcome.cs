namespace Nnpfs.Driver.Boosting;

/// <summary>What became of a program's wish to read a file past FUSE. The numbers are of the protocol: booster/protocol.h has them too.</summary>
internal enum BoostOutcome : uint
{
    /// <summary>A descriptor lies in its socket.</summary>
    Sent = 0,

    /// <summary>Pages are missing, or not known to be here.</summary>
    NotWhole = 1,

    /// <summary>It is whole, in a file for each block.</summary>
    ManyFiles = 2,

    /// <summary>Its file cannot be handed out: it is in memory, was just reclaimed, or arlad is away and it is not open here.</summary>
    NoFile = 3,

    /// <summary>As much is lent as may be.</summary>
    NoRoom = 4,

    /// <summary>The kernel reads it by itself: nothing is to be gained.</summary>
    Passthrough = 5,

    /// <summary>No program with that secret is connected.</summary>
    Stranger = 6,

    /// <summary>It does not take from its socket what it asked for.</summary>
    Slow = 7,

    /// <summary>Two lie in its socket: of the file that has some of its pages, and of the map of these.</summary>
    Part = 8,
}
