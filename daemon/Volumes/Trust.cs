namespace Nnpfs.Daemon.Volumes;

/// <summary>How far what is known of an entry's attributes may be relied on by who reads the directory's file.</summary>
internal enum Trust
{
    /// <summary>They are not known, or must be asked about.</summary>
    None,

    /// <summary>They were told, but are to be asked about by whoever can ask.</summary>
    Told,

    /// <summary>They hold for as long as the listing.</summary>
    Vouched,
}
