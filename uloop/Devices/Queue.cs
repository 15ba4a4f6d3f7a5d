using System.Globalization;

namespace Nnpfs.Uloop.Devices;

/// <summary>What sysfs has of a loop device: how far its kernel reads ahead, and which file it has.</summary>
internal static class Queue
{
    /// <returns>KiB; 0: not known</returns>
    public static int ReadAhead(int number) =>
        int.TryParse(Read(ReadAheadOf(number)), CultureInfo.InvariantCulture, out int size) ? size : 0;

    /// <summary>Changes how fast reads are, never what they answer: so nobody asks whether it could be done.</summary>
    /// <param name="number">N of /dev/loopN</param>
    /// <param name="size">KiB; 0, what is not known: left as it is</param>
    public static void SetReadAhead(int number, int size)
    {
        if (size == 0)
            return;
        try
        {
            File.WriteAllText(ReadAheadOf(number), string.Create(CultureInfo.InvariantCulture, $"{size}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // as it was
        }
    }

    /// <returns>the path of its file, as the kernel has it; empty: it has none</returns>
    public static string FileOf(int number) => Read($"/sys/block/loop{number}/loop/backing_file");

    private static string ReadAheadOf(int number) => $"/sys/block/loop{number}/queue/read_ahead_kb";

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
