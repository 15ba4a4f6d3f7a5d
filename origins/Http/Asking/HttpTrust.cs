using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>Whom we trust in TLS, and who we are there.</summary>
internal sealed class HttpTrust
{
    private X509Certificate2Collection? _authorities;
    private X509Certificate2? _client;

    public static OriginProblem? TryRead(OptionReader options, HttpTrust trust) =>
        Read(options, HttpSettings.CaFile, trust.ReadAuthorities)
        ?? Read(options, HttpSettings.ClientCertificate, path => trust.ReadClient(path, options.Text(HttpSettings.ClientKey)));

    /// <summary>For the origin's own server, the only one that is shown the client certificate.</summary>
    public SslClientAuthenticationOptions Own => Make(_client);

    /// <summary>For where redirects lead.</summary>
    public SslClientAuthenticationOptions Others => Make(client: null);

    public override string ToString() => nameof(HttpTrust);

    private SslClientAuthenticationOptions Make(X509Certificate2? client)
    {
        // Revocation lists and missing intermediates would be fetched from hosts that nobody configured.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (_authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(_authorities);
        }
        var options = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        if (client is not null)
        {
            options.ClientCertificates = [client];
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => client; // whatever authorities the server names
        }
        return options;
    }

    private static OriginProblem? Read(OptionReader options, string key, Func<string, string?> read)
    {
        string path = options.Text(key);
        if (path.Length == 0)
            return null;
        try
        {
            return read(path) is { } wrong ? new(key, $"{path}: {wrong}") : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return new(key, $"{path} cannot be used: {e.Message}");
        }
    }

    private string? ReadAuthorities(string path)
    {
        _authorities = [];
        _authorities.ImportFromPemFile(path);
        return _authorities.Count == 0 ? "there is no certificate in it" : null;
    }

    private string? ReadClient(string path, string key)
    {
        _client = X509Certificate2.CreateFromPemFile(path, key.Length == 0 ? null : key);
        return null;
    }
}
