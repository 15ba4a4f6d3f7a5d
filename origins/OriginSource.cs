using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins;

/// <summary>What an origin is made from: the "origin" line of a volume and the options beside it.</summary>
/// <param name="Origin">a path or a URL</param>
/// <param name="Options">by key, as written; keys that are not in the origin's table are refused by <see cref="OriginTable"/></param>
/// <param name="Logger">for what a user should know; never gets a credential</param>
/// <param name="Time">the clock of every limit in time</param>
public sealed record OriginSource(string Origin, IReadOnlyDictionary<string, string> Options, ILogger Logger, TimeProvider Time);
