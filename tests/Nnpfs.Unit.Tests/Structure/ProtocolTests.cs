using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Structure;

/// <summary>docs/protocol.md has every message of the channel, with its fields.</summary>
public sealed class ProtocolTests
{
    private const string Document = "docs/protocol.md";

    [Fact]
    public void Every_message_stands_in_the_document_with_its_fields()
    {
        Dictionary<string, string> documented = MarkdownTable.Rows(Document, "Messages and their fields").ToDictionary(row => row[0], row => row[1]);
        Dictionary<string, string> messages = ChannelReflection.Descriptor.MessageTypes.Where(type => type.Name != nameof(Envelope))
            .ToDictionary(type => type.Name, type => string.Join(", ", type.Fields.InDeclarationOrder().Select(field => field.Name)));

        Assert.Equal(messages, documented);
    }
}
