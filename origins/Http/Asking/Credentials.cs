using System.Net.Http.Headers;
using System.Text;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>The header fields that let a request in, as their files had them. Nothing here can be printed.</summary>
internal sealed class Credentials
{
    private const int MaxFile = 64 << 10;

    /// <summary>The settings that name the files.</summary>
    public static readonly IReadOnlyList<string> Files = [HttpSettings.UserFile, HttpSettings.BearerFile, HttpSettings.HeaderFile];

    // Fields that the origin itself sets; another value of theirs would break its checks.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Range", "If-Range", "If-None-Match", "If-Modified-Since", "Connection", "Transfer-Encoding", "Content-Length", "Accept-Encoding",
    };

    private readonly List<(string Name, string Value)> _fields = [];

    public bool IsEmpty => _fields.Count == 0;

    /// <returns>null, or the problem with one of the three files</returns>
    public static OriginProblem? TryRead(OptionReader options, Credentials credentials) =>
        Read(options, HttpSettings.UserFile, credentials.AddUser)
        ?? Read(options, HttpSettings.BearerFile, credentials.AddBearer)
        ?? Read(options, HttpSettings.HeaderFile, credentials.AddHeaders);

    public void AddTo(HttpRequestHeaders headers)
    {
        foreach ((string name, string value) in _fields)
            headers.TryAddWithoutValidation(name, value);
    }

    public override string ToString() => nameof(Credentials);

    private static OriginProblem? Read(OptionReader options, string key, Func<string, string?> add)
    {
        string path = options.Text(key);
        if (path.Length == 0)
            return null;
        try
        {
            if (new FileInfo(path).Length > MaxFile)
                return new(key, $"{path} is larger than {MaxFile} bytes");
            return add(File.ReadAllText(path, Encoding.UTF8)) is { } wrong ? new(key, $"{path}: {wrong}") : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(key, $"{path} cannot be read: {e.Message}");
        }
    }

    private string? AddUser(string content)
    {
        string line = content.Trim('\r', '\n');
        if (!line.Contains(':') || line.Contains('\n'))
            return "one line user:password is expected";
        return Add("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(line)));
    }

    private string? AddBearer(string content)
    {
        string token = content.Trim();
        return token.Length == 0 || token.Any(c => c is <= ' ' or > '~') ? "one token without spaces is expected"
            : Add("Authorization", "Bearer " + token);
    }

    private string? AddHeaders(string content)
    {
        int number = 0;
        foreach (string line in content.Split('\n'))
        {
            number++;
            string text = line.Trim();
            if (text.Length == 0)
                continue;
            int colon = text.IndexOf(':');
            if (colon <= 0 || !text[..colon].All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)))
                return $"line {number} is not 'Name: value'";
            if (Reserved.Contains(text[..colon]))
                return $"line {number}: {text[..colon]} is set by the origin itself";
            if (Add(text[..colon], text[(colon + 1)..].Trim()) is { } wrong)
                return $"line {number}: {wrong}";
        }
        return null;
    }

    private string? Add(string name, string value)
    {
        if (value.Any(c => char.IsControl(c)))
            return "a value has no control characters";
        if (_fields.Any(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            return $"{name} is given twice (of {HttpSettings.UserFile}, {HttpSettings.BearerFile} and {HttpSettings.HeaderFile})";
        _fields.Add((name, value));
        return null;
    }
}
