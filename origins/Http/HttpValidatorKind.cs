namespace Nnpfs.Origins.Http;

/// <summary>What a version of a file on a web server is known by, from nothing to the best.</summary>
internal enum HttpValidatorKind
{
    /// <summary>The caller takes any version.</summary>
    Any,

    /// <summary>The server names no state: one response is one version.</summary>
    Once,

    /// <summary>A manifest's word, which no response repeats.</summary>
    Listed,

    /// <summary>Last-Modified and size.</summary>
    Date,

    /// <summary>A weak ETag, with Last-Modified and size where they are told.</summary>
    WeakTag,

    /// <summary>The digest of a file whose length is not told in advance.</summary>
    Read,

    StrongTag,
}
