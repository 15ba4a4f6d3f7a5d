using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nnpfs.TestKit.Servers;

/// <summary>An authority of its own, made for one test, and the certificates that it signs.</summary>
public sealed class TestAuthority : IDisposable
{
    /// <summary>A name of 127.0.0.1 that only a test's own hosts file or name server knows.</summary>
    public const string HostName = "web.nnpfs.test";

    private readonly X509Certificate2 _authority;

    public TestAuthority(string name = "Nnpfs test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
    }

    public string Pem => _authority.ExportCertificatePem();

    /// <summary>Writes NAME.crt and NAME.key for 127.0.0.1, localhost and <see cref="HostName"/>, good for servers and clients, and ca.crt.</summary>
    /// <returns>the path of NAME.crt</returns>
    public string Write(Scratch scratch, string name)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Sign(name, key);
        File.WriteAllText(scratch.Path("ca.crt"), Pem);
        File.WriteAllText(scratch.Path(name + ".key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(scratch.Path(name + ".crt"), signed.ExportCertificatePem());
        return scratch.Path(name + ".crt");
    }

    public void Dispose() => _authority.Dispose();

    private X509Certificate2 Sign(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        names.AddDnsName(HostName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        return request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(9), RandomNumberGenerator.GetBytes(8));
    }
}
