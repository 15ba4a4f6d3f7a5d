namespace Nnpfs.Origins;

/// <summary>One option that an origin takes from its volume's configuration.</summary>
/// <param name="Key">as written in the configuration file</param>
/// <param name="Default">as written there; empty = off</param>
/// <param name="Help">one line for the commented sample and the manual: meaning and unit</param>
public sealed record OriginSetting(string Key, string Default, string Help);
