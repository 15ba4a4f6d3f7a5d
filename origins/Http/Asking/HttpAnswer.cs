using System.Net;
using Nnpfs.Origins.Http.Reading;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>A response whose body has not been read yet, and the limit that its reader keeps. Dispose ends both.</summary>
/// <param name="Response">headers only so far</param>
/// <param name="Url">the URL that answered, after redirects</param>
/// <param name="Idle">to be started before each read of the body</param>
/// <param name="IsDirectory">the answer was a redirect to the same URL with a "/": how servers say "directory"</param>
internal sealed record HttpAnswer(HttpResponseMessage Response, Uri Url, IdleLimit Idle, bool IsDirectory) : IDisposable
{
    public HttpStatusCode Status => Response.StatusCode;

    public HttpState State => HttpState.Of(Response);

    public void Dispose()
    {
        Response.Dispose();
        Idle.Dispose();
    }
}
