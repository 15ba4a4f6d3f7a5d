namespace Nnpfs.Origins.Http.Listings;

/// <summary>Finds the href of each &lt;a&gt; in a page, as bytes. Knows as much HTML as directory listings have, and takes anything.</summary>
internal ref struct HtmlLinks(ReadOnlySpan<byte> page)
{
    private ReadOnlySpan<byte> _rest = page;

    /// <param name="href">as written, entities not yet decoded</param>
    public bool TryNext(out ReadOnlySpan<byte> href)
    {
        href = default;
        while (TryTag(out ReadOnlySpan<byte> tag))
        {
            if (tag.Length > 1 && (tag[0] | 0x20) == 'a' && IsSpace(tag[1]) && TryHref(tag[1..], out href))
                return true;
        }
        return false;
    }

    /// <summary>Cuts the next tag, without its angle brackets; comments are skipped.</summary>
    private bool TryTag(out ReadOnlySpan<byte> tag)
    {
        tag = default;
        while (_rest.IndexOf((byte)'<') is >= 0 and var start)
        {
            _rest = _rest[(start + 1)..];
            if (_rest.StartsWith("!--"u8))
            {
                int close = _rest.IndexOf("-->"u8);
                _rest = close < 0 ? default : _rest[(close + 3)..];
                continue;
            }
            int length = TagLength(_rest);
            if (length < 0)
                return false;
            tag = _rest[..length];
            _rest = _rest[(length + 1)..];
            return true;
        }
        return false;
    }

    /// <summary>Up to the "&gt;" that is not within quotes.</summary>
    private static int TagLength(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '>')
                return i;
            // A quote opens a value only after "=": Apache writes apostrophes into alt texts.
            if (text[i] is (byte)'"' or (byte)'\'' && i > 0 && text[i - 1] == '=')
            {
                int close = text[(i + 1)..].IndexOf(text[i]);
                if (close < 0)
                    return -1;
                i += close + 1;
            }
        }
        return -1;
    }

    private static bool TryHref(ReadOnlySpan<byte> attributes, out ReadOnlySpan<byte> value)
    {
        value = default;
        while (!attributes.IsEmpty)
        {
            attributes = attributes.TrimStart(" \t\r\n\f/"u8);
            int end = attributes.IndexOfAny("= \t\r\n"u8);
            if (end < 0)
                return false;
            ReadOnlySpan<byte> name = attributes[..end];
            attributes = attributes[end..].TrimStart(" \t\r\n\f"u8);
            if (attributes is not [(byte)'=', ..])
                continue;
            attributes = attributes[1..].TrimStart(" \t\r\n\f"u8);
            value = CutValue(ref attributes);
            if (name.Length == 4 && (name[0] | 0x20) == 'h' && (name[1] | 0x20) == 'r' && (name[2] | 0x20) == 'e' && (name[3] | 0x20) == 'f')
                return true;
        }
        return false;
    }

    private static ReadOnlySpan<byte> CutValue(scoped ref ReadOnlySpan<byte> text)
    {
        bool quoted = text is [(byte)'"' or (byte)'\'', ..];
        ReadOnlySpan<byte> body = quoted ? text[1..] : text;
        int end = quoted ? body.IndexOf(text[0]) : body.IndexOfAny(" \t\r\n\f"u8);
        ReadOnlySpan<byte> value = end < 0 ? body : body[..end];
        text = end < 0 ? default : body[(end + 1)..];
        return value;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f';
}
