using Nnpfs.Posix;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>The steps that read, and what each may see.</summary>
internal sealed partial class ModelRun
{
    private const int MaxOpen = 24;
    private const int MaxRead = 400_000;

    private async Task OpenAsync()
    {
        while (_open.Count >= MaxOpen)
            CloseOne();
        (TestMount mount, FileModel file) = (AnyMount(), AnyFile());
        Note($"open {mount.At(file.Name)}");
        Result<SafeFd> opened = await mount.GuardAsync(() => Files.Open(mount.At(file.Name), OpenModes.ReadOnly));
        Expect(mount, file, opened.Errno, opened.IsOk);
        if (!opened.IsOk)
            return;
        ReadAtRandom(opened.Value);
        _open.Add((mount, new OpenFile(file, opened.Value, file.Allowed.OfType<FileState>())));
    }

    /// <summary>Up to eight reads of random ranges, all at once.</summary>
    private async Task ReadOpenFilesAsync()
    {
        if (_open.Count == 0)
            return;
        var reads = new List<Task>();
        for (int i = _random.Next(1, 9); i > 0; i--)
        {
            (TestMount mount, OpenFile file) = _open[_random.Next(_open.Count)];
            long offset = _random.NextInt64(file.LargestSize + 10);
            int length = _random.Next(3) == 0 ? _random.Next(1, MaxRead) : _random.Next(1, 5000);
            Note($"read {length} at {offset} of {mount.At(file.File.Name)}");
            reads.Add(ReadAsync(mount, file, offset, length));
        }
        await Task.WhenAll(reads);
    }

    private async Task ReadAsync(TestMount mount, OpenFile file, long offset, int length)
    {
        byte[] buffer = new byte[length];
        file.File.Read();
        _pages.Asked(file.File, file.Candidates, offset, length);
        Result<int> read = await mount.GuardAsync(() => Files.ReadAt(file.Descriptor, buffer, offset));
        if (read.IsOk)
            file.Saw(offset, length, buffer[..read.Value]);
        else if (read.Errno != Errno.ESTALE || !file.MayBeStale)
            throw new InvalidDataException($"{file.File.Name}: a read of an open file answers {read.Errno}\n{Logs(mount)}");
    }

    /// <summary>
    /// Open, read to the end, close: the whole of one allowed state. ESTALE only if it changed since it was last known, and pages of what it was
    /// may be cached (or the origin is remote: its word of a moment ago is taken).
    /// </summary>
    private async Task ReadWholeAsync()
    {
        (TestMount mount, FileModel file) = (AnyMount(), AnyFile());
        Note($"read all of {mount.At(file.Name)}");
        Result<byte[]> read = await mount.TryReadFileAsync(file.Name);
        bool mayBeStale = file.Allowed.Count > 1 && (file.WasOutdatedRead || _origin.IsRemote);
        file.Read();
        _pages.Asked(file, file.Allowed.OfType<FileState>(), 0, int.MaxValue);
        if (read.Errno == Errno.ESTALE && mayBeStale)
            return;
        Expect(mount, file, read.Errno, read.IsOk);
        if (read.IsOk && !file.Allowed.OfType<FileState>().Any(state => read.Value.AsSpan().SequenceEqual(state.Bytes(0, state.Size))))
            throw new InvalidDataException($"{file.Name}: its {read.Value.Length} bytes are of no state that may be seen\n{Logs(mount)}");
    }

    private async Task ListAsync()
    {
        TestMount mount = AnyMount();
        string directory = Path.GetDirectoryName(AnyFile().Name)!;
        Note($"list {mount.At(directory)}");
        string[] names = (await mount.ListAsync(directory)).Value;
        foreach (FileModel file in _origin.Files.Where(file => Path.GetDirectoryName(file.Name) == directory))
        {
            bool seen = names.Contains(Path.GetFileName(file.Name));
            if (!file.Allowed.Any(state => state is not null == seen))
                throw new InvalidDataException($"{file.Name} is {(seen ? "" : "not ")}listed on {mount.Root}\n{Logs(mount)}");
        }
    }

    private async Task LookUpAsync()
    {
        (TestMount mount, FileModel file) = (AnyMount(), AnyFile());
        Note($"stat {mount.At(file.Name)}");
        var stat = await mount.StatAsync(file.Name);
        Expect(mount, file, stat.Errno, stat.IsOk);
        if (stat.IsOk && !file.Allowed.OfType<FileState>().Any(state => state.Size == stat.Value.st_size))
            throw new InvalidDataException($"{file.Name} has {stat.Value.st_size} bytes by stat: no state that may be seen has\n{Logs(mount)}");
    }

    private static void Expect(TestMount mount, FileModel file, Errno errno, bool found)
    {
        bool fits = found ? file.Allowed.Any(state => state is not null) : errno == Errno.ENOENT && file.Allowed.Contains(null);
        if (!fits)
            throw new InvalidDataException($"{file.Name} answers {(found ? "success" : errno.ToString())} on {mount.Root}\n{Logs(mount)}");
    }

    private static string Logs(TestMount mount) => $"nnpfs:\n{mount.Driver.Output}\narlad:\n{mount.Arlad.Program.Output}";
}
