namespace Nnpfs.Origins.Http.Listings;

/// <summary>One entry of a listing, as its server tells it.</summary>
/// <param name="Name">checked: the name of an entry</param>
/// <param name="IsDirectory">else a file</param>
/// <param name="Size">bytes, where the listing has them exactly</param>
/// <param name="MtimeNs">nanoseconds since the epoch, where the listing has it to the second or better</param>
internal readonly record struct ListedEntry(byte[] Name, bool IsDirectory, long? Size = null, long? MtimeNs = null);
