using Nnpfs.Daemon.Cache;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class NumbersTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nnpfs-numbers-");

    [Fact]
    public void No_number_is_given_twice_over_restarts()
    {
        var given = new HashSet<ulong>();
        for (int start = 0; start < 3; start++)
        {
            Numbers numbers = Open(out bool isNew);
            Assert.Equal(start == 0, isNew);
            for (int i = 0; i < 70_000; i++)
            {
                ulong number = numbers.Next().Value;
                Assert.True(number >= numbers.Start);
                Assert.True(given.Add(number));
            }
        }
    }

    [Fact]
    public void An_epoch_only_rises_over_restarts()
    {
        Numbers numbers = Open(out _);
        ulong first = numbers.Epoch("a").Value;
        Assert.Equal(first + 1, numbers.RaiseEpoch("a").Value);
        numbers.Epoch("b");
        Assert.Equal(first + 1, Open(out _).Epoch("a").Value);
    }

    [Fact]
    public void A_damaged_file_begins_beyond_all_numbers_that_were_given()
    {
        ulong before = Open(out _).Next().Value;
        string path = Path.Combine(_directory.FullName, Numbers.FileName);
        File.WriteAllText(path, File.ReadAllText(path).Replace("limit 1", "limit 2", StringComparison.Ordinal));
        Thread.Sleep(100); // the clock goes on: 65,536 numbers are reserved in the time of 64 ms
        Assert.True(Open(out bool isNew).Next().Value > before);
        Assert.True(isNew);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private Numbers Open(out bool isNew)
    {
        using SafeFd directory = Files.Open(_directory.FullName, OpenModes.ReadOnly).Value;
        Result<Numbers> numbers = Numbers.Open(Files.Open(_directory.FullName, OpenModes.ReadOnly).Value, TimeProvider.System, out isNew);
        return numbers.Value;
    }
}
