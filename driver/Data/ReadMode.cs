namespace Nnpfs.Driver.Data;

/// <summary>How the reads of an open file go.</summary>
internal enum ReadMode
{
    /// <summary>It is not open, or is no file.</summary>
    None,

    /// <summary>Through the kernel's page cache; what is not there is asked of us.</summary>
    Cached,

    /// <summary>The kernel reads a file of the cache by itself, and never asks us.</summary>
    Passthrough,
}
