using Nnpfs.Posix;

namespace Nnpfs.Origins;

/// <summary>Where content comes from. An origin knows nothing of nodes, tokens, blocks or the cache.</summary>
/// <remarks>Every member may be called from many threads at once. Expected failures are errnos; docs/semantics.md has the table.</remarks>
public interface IOrigin : IAsyncDisposable
{
    OriginInfo Info { get; }

    /// <returns>The facts of one object; ENOENT, ENOTDIR, EACCES, ETIMEDOUT, EIO ...</returns>
    ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel);

    /// <summary>As <see cref="GetFactsAsync"/>, for an object whose last facts are known: one conditional request where that exists.</summary>
    /// <param name="path">of the object</param>
    /// <param name="known">the facts that are in doubt; where the content is unchanged, the answer has the same validator</param>
    /// <param name="cancel">nobody wants the facts any more</param>
    ValueTask<Result<OriginFacts>> RefreshAsync(OriginPath path, OriginFacts known, CancellationToken cancel) => GetFactsAsync(path, cancel);

    /// <summary>How long the origin has asked to be left alone from now on (Retry-After); zero = it has not. A filter forwards it.</summary>
    /// <remarks>EBUSY answers come from an origin that says so; EBUSY, EIO, ETIMEDOUT and EHOSTUNREACH are worth another try.</remarks>
    TimeSpan RetryAfter => TimeSpan.Zero;

    /// <summary>
    /// Somebody says that anything may have changed: what it remembers of content (a manifest, where a redirect led) is no answer
    /// any more.
    /// </summary>
    /// <remarks>A filter forwards it. Questions that are under way may still be answered from before.</remarks>
    void Doubt()
    {
    }

    /// <summary>The entries of one directory, without "." and "..", in any order, each name once.</summary>
    ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel);

    /// <summary>Hands the bytes [offset, offset + length) of one version of a file to <paramref name="sink"/>, in order.</summary>
    /// <param name="read">what to read; its validator must still be the object's, or the answer is ESTALE</param>
    /// <param name="sink">takes the bytes as they come; an errno from it ends the read with that errno</param>
    /// <param name="cancel">nobody wants the bytes any more</param>
    /// <returns>Zero when every byte was handed over (fewer only at the end of the file); ESTALE when the object changed.</returns>
    ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel);
}

/// <summary>An origin that tells of changes by itself.</summary>
public interface IWatchingOrigin
{
    /// <summary>Runs until cancelled. A change of null means that changes may have been lost: everything is in doubt.</summary>
    IAsyncEnumerable<OriginChange?> WatchAsync(CancellationToken cancel);
}

/// <summary>Takes the bytes of one read, in order.</summary>
public interface IOriginSink
{
    /// <param name="offset">of the first byte, from the start of the file; each call begins where the last one ended</param>
    /// <param name="bytes">valid until the task ends</param>
    /// <returns>zero to go on; an errno (ENOSPC, ECANCELED ...) to stop</returns>
    ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes);
}

/// <param name="Path">of the file</param>
/// <param name="Validator">of the version wanted; empty = any</param>
/// <param name="Offset">bytes from the start of the file</param>
/// <param name="Length">bytes</param>
public readonly record struct OriginRead(OriginPath Path, OriginValidator Validator, long Offset, long Length);

/// <param name="Path">what changed: content, attributes, of a directory its entries. A name that came or went is a change of its
/// directory, told as well</param>
/// <param name="Deep">everything beneath it is in doubt too</param>
public sealed record OriginChange(OriginPath Path, bool Deep = false);
