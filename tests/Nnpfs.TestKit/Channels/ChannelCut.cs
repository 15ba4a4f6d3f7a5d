namespace Nnpfs.TestKit.Channels;

/// <summary>When a relay ends a connection: after so many messages in one direction, the last of which still arrives.</summary>
public readonly record struct ChannelCut(ChannelDirection Direction, int After);

public enum ChannelDirection
{
    ToArlad,
    ToDriver,
}
