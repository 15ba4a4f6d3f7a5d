namespace Nnpfs.Fuse.Session;

/// <summary>Where a request came from: takes its answer there, and its room back.</summary>
internal interface IRequestSource
{
    /// <summary>The handler did not answer at once: a task owns the request from now on. Called on the thread that took it.</summary>
    void GoOnWithout(Request request);

    /// <summary>Sends the answer. From any thread.</summary>
    /// <param name="request">that is answered</param>
    /// <param name="message">the header and the body, as <see cref="Request.Output"/> holds them</param>
    /// <returns>zero; ENOENT: nobody waits for it any more; ENODEV: unmounted; EINVAL: malformed</returns>
    Errno Send(Request request, ReadOnlySpan<byte> message);

    /// <summary>The request is done with, answered or not: it and its room may serve another.</summary>
    /// <param name="request">not to be touched afterwards</param>
    /// <param name="left">it went on as a task: this may be any thread</param>
    void Release(Request request, bool left);
}
