using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>The credentials as their files have them: looked at before each request, read again where one has changed.</summary>
/// <remarks>Files that cannot be used any more are logged, once, and replace nothing: the server decides what the older ones are worth.</remarks>
internal sealed class CredentialSource
{
    private readonly OptionReader _options;
    private readonly string[] _paths;

    private readonly Lock _gate = new();
    private Credentials _credentials = new();        // guarded by _gate; replaced as a whole
    private (DateTime Written, long Length)[] _seen; // guarded by _gate; of each path, before it was read

    private CredentialSource(OptionReader options)
    {
        _options = options;
        _paths = [.. Credentials.Files.Select(options.Text).Where(path => path.Length > 0)];
        _seen = Look();
    }

    /// <returns>null, or the problem with one of the files</returns>
    public static OriginProblem? TryRead(OptionReader options, out CredentialSource source)
    {
        source = new CredentialSource(options);
        return Credentials.TryRead(options, source._credentials);
    }

    public Credentials Current(ILogger log)
    {
        if (_paths.Length == 0)
            return _credentials;
        lock (_gate)
        {
            (DateTime, long)[] now = Look();
            if (now.AsSpan().SequenceEqual(_seen))
                return _credentials;
            _seen = now;
            var read = new Credentials();
            if (Credentials.TryRead(_options, read) is { } problem)
                log.CredentialsNotRead(problem.ToString());
            else
                _credentials = read;
            return _credentials;
        }
    }

    public override string ToString() => nameof(CredentialSource);

    private (DateTime, long)[] Look() => Array.ConvertAll(
        _paths, path => new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default);
}
