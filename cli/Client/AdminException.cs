using Nnpfs.Proto.Grpc;

namespace Nnpfs.Cli.Client;

/// <summary>A call that did not succeed. Caught in one place, which prints the message and sets the exit status.</summary>
internal sealed class AdminException(GrpcCode code, string message, string errno = "") : Exception(message)
{
    public GrpcCode Code { get; } = code;

    /// <summary>The errno's name (ENOENT ...); empty = arlad named none.</summary>
    public string Errno { get; } = errno;
}

/// <summary>No arlad was there to be called. The message says what to do.</summary>
internal sealed class UnreachableException(string message) : Exception(message);
