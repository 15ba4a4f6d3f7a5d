using System.Diagnostics.CodeAnalysis;

namespace Nnpfs.Daemon.Admin.Grpc;

/// <summary>What a unary handler gives: a reply, or the status that stands in its place.</summary>
internal readonly struct Outcome<T>
    where T : class
{
    private Outcome(T? value, GrpcStatus status) => (Value, Status) = (value, status);

    /// <summary>Not null exactly when <see cref="Status"/> is OK.</summary>
    public T? Value { get; }

    public GrpcStatus Status { get; }

    public bool TryGet([NotNullWhen(true)] out T? value, out GrpcStatus status)
    {
        (value, status) = (Value, Status);
        return value is not null;
    }

    /// <summary>The named form of the conversion, which is not found for interfaces.</summary>
    public static Outcome<T> Of(T value) => new(value, GrpcStatus.Ok);

    public static implicit operator Outcome<T>(T value) => new(value, GrpcStatus.Ok);

    public static implicit operator Outcome<T>(GrpcStatus status) => status.IsOk
        ? throw new ArgumentException("A success needs a value.", nameof(status))
        : new(null, status);
}
