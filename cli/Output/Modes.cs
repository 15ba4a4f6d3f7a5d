using System.Globalization;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Output;

/// <summary>A node's kind and permissions as ls(1) shows them, and the cached share of its content.</summary>
internal static class Modes
{
    private const uint SetUser = 0x800, SetGroup = 0x400, Sticky = 0x200;

    public static string Of(NodeInfo info)
    {
        char[] text = [KindOf(info.Kind), .. "rwxrwxrwx"];
        for (int bit = 0; bit < 9; bit++)
        {
            if ((info.Permissions & (0x100u >> bit)) == 0)
                text[bit + 1] = '-';
        }
        Mark(text, 3, info.Permissions & SetUser, 's');
        Mark(text, 6, info.Permissions & SetGroup, 's');
        Mark(text, 9, info.Permissions & Sticky, 't');
        return new(text);
    }

    /// <summary>"whole", a share, or "-" for nothing; "*" behind it = pinned.</summary>
    public static string Cached(NodeInfo info)
    {
        string share = info.Whole ? "whole"
            : info.CachedBytes == 0 || info.Size == 0 ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{100.0 * info.CachedBytes / info.Size:0.#} %");
        return info.Pinned ? share + "*" : share;
    }

    private static void Mark(char[] text, int place, uint flag, char mark)
    {
        if (flag != 0)
            text[place] = text[place] == 'x' ? mark : char.ToUpperInvariant(mark);
    }

    private static char KindOf(Kind kind) => kind switch
    {
        Kind.Directory => 'd',
        Kind.Symlink => 'l',
        Kind.Fifo => 'p',
        Kind.Socket => 's',
        Kind.CharacterDevice => 'c',
        Kind.BlockDevice => 'b',
        Kind.File => '-',
        _ => '?',
    };
}
