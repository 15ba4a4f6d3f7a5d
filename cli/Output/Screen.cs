using Google.Protobuf;

namespace Nnpfs.Cli.Output;

/// <summary>Where a command writes, and what may be written there.</summary>
/// <param name="Out">what was asked for</param>
/// <param name="Error">what went wrong</param>
/// <param name="IsTerminal">a person looks at <paramref name="Out"/>: progress may move</param>
/// <param name="HasColours">never without a terminal, and never against NO_COLOR</param>
/// <param name="IsJson">the user wants JSON: people's text is left out</param>
internal sealed record Screen(TextWriter Out, TextWriter Error, bool IsTerminal, bool HasColours, bool IsJson)
{
    public static Screen OfProcess(bool isJson)
    {
        bool isTerminal = !Console.IsOutputRedirected;
        bool noColour = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") is "dumb";
        return new(Console.Out, Console.Error, isTerminal, isTerminal && !noColour, isJson);
    }

    public void Line(string text) => Out.WriteLine(text);

    /// <summary>One message as one line of JSON.</summary>
    public void Json(IMessage message) => Out.WriteLine(ProtoJson.Of(message));

    public string Bold(string text) => HasColours ? $"\e[1m{text}\e[0m" : text;
}
