using System.Diagnostics.CodeAnalysis;

namespace Nnpfs.Posix;

/// <summary>A value, or the errno that stands in its place. Expected failures travel so; surprises are exceptions.</summary>
/// <remarks>The default of this type is a failure with EIO: a result that nobody set is never taken for a success.</remarks>
public readonly struct Result<T>
{
    private readonly bool _ok;
    private readonly T _value;
    private readonly Errno _errno;

    private Result(bool ok, T value, Errno errno) => (_ok, _value, _errno) = (ok, value, errno);

    public bool IsOk => _ok;

    /// <summary>The value. Throws when there is none: test <see cref="IsOk"/> first.</summary>
    public T Value => _ok ? _value : throw new InvalidOperationException($"There is no value, the result is {Errno}.");

    /// <summary>Zero for a success, never zero for a failure.</summary>
    public Errno Errno => _ok ? 0 : _errno == 0 ? Errno.EIO : _errno;

    public bool TryGet([MaybeNullWhen(false)] out T value, out Errno errno)
    {
        (value, errno) = (_value, Errno);
        return _ok;
    }

    public override string ToString() => _ok ? $"{_value}" : Errno.ToString();

    [SuppressMessage("Usage", "CA2225", Justification = "Result.Of and Result.Fail are the named forms.")]
    public static implicit operator Result<T>(T value) => new(true, value, 0);

    [SuppressMessage("Usage", "CA2225", Justification = "Result.Of and Result.Fail are the named forms.")]
    public static implicit operator Result<T>(Errno errno) =>
        errno == 0 ? throw new ArgumentException("A failure needs a non-zero errno.", nameof(errno)) : new(false, default!, errno);

    internal static Result<T> Make(bool ok, T value, Errno errno) => new(ok, value, errno);
}

/// <summary>Named makers of <see cref="Result{T}"/>, for where an implicit conversion would not be found (interfaces).</summary>
public static class Result
{
    public static Result<T> Of<T>(T value) => Result<T>.Make(true, value, 0);

    public static Result<T> Fail<T>(Errno errno) => Result<T>.Make(false, default!, errno);
}
