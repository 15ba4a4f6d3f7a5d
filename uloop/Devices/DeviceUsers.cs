using System.Globalization;

namespace Nnpfs.Uloop.Devices;

/// <summary>Who uses a block device: mounts of any namespace, swap, devices made of it, processes that have it open.</summary>
internal static class DeviceUsers
{
    /// <param name="number">N of /dev/loopN</param>
    /// <returns>one sentence each; empty: nobody whom we can see</returns>
    public static IReadOnlyList<string> Of(int number)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"loop{number}"), path = $"/dev/{name}";
        return [.. Mounts(name).Concat(Holders(name)).Concat(Swap(path)).Concat(Openers(path)).Distinct()];
    }

    private static IEnumerable<string> Mounts(string name)
    {
        string numbers = Read($"/sys/block/{name}/dev").Trim();
        // The mounts of each namespace once.
        var seen = new HashSet<string>();
        foreach (string process in Processes())
        {
            if (numbers.Length == 0 || LinkOf($"{process}/ns/mnt") is not { } space || !seen.Add(space))
                continue;
            foreach (string[] fields in Read($"{process}/mountinfo").Split('\n').Select(line => line.Split(' ')))
            {
                if (fields.Length > 4 && fields[2] == numbers)
                    yield return $"mounted at {fields[4]}";
            }
        }
    }

    private static IEnumerable<string> Holders(string name) => Directory.Exists($"/sys/block/{name}/holders")
        ? Directory.EnumerateFileSystemEntries($"/sys/block/{name}/holders").Select(path => $"part of /dev/{Path.GetFileName(path)}")
        : [];

    private static IEnumerable<string> Swap(string path) =>
        Read("/proc/swaps").Split('\n').Where(line => line.StartsWith(path + " ", StringComparison.Ordinal)).Select(_ => "used as swap");

    private static IEnumerable<string> Openers(string path) =>
        from process in Processes()
        where int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture) != Environment.ProcessId
        where DescriptorsOf(process).Any(link => LinkOf(link) == path)
        select $"open in {Read($"{process}/comm").Trim()}, process {Path.GetFileName(process)}";

    private static IEnumerable<string> Processes() =>
        Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _));

    private static string[] DescriptorsOf(string process)
    {
        try
        {
            return Directory.GetFiles($"{process}/fd");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
