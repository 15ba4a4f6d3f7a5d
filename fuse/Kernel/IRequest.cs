namespace Nnpfs.Fuse.Kernel;

/// <summary>A typed request: knows how to cut itself from the kernel's bytes, and nothing else.</summary>
internal interface IRequest<TSelf>
    where TSelf : struct, IRequest<TSelf>
{
    /// <summary>For the log line of the request; asked for only where that line is written.</summary>
    string Detail => "";

    /// <returns>false when the bytes are too short or contradict themselves; such a request is answered EIO and logged</returns>
    static abstract bool TryParse(in InHeader header, ref RequestReader reader, out TSelf request);
}
