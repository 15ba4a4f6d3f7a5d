using System.Text;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

public sealed class DirectoryOriginTests : OriginContract
{
    private readonly Scratch _scratch = new();

    private string Root => _scratch.Directory("origin");

    protected override Task<IOrigin> MakeAsync()
    {
        foreach ((OriginPath path, byte[] content) in Files())
            HostTree.Write(Root, path, content);
        return Task.FromResult(TestOrigin.Make(Root));
    }

    protected override Task ChangeAsync(OriginPath path, byte[] content)
    {
        HostTree.Write(Root, path, content);
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_file_is_no_directory_and_a_directory_no_file()
    {
        Assert.Equal(Errno.ENOTDIR, (await Origin.ListAsync(ContractTree.Small, default)).Errno);
        Assert.Equal(Errno.ENOTDIR, (await Origin.GetFactsAsync(ContractTree.Small.Join("x"u8), default)).Errno);
        Assert.Equal(Errno.EISDIR, (await ReadAsync(ContractTree.Folder, default, 0, 10)).Errno);
    }

    [Fact]
    public async Task A_symlink_is_shown_and_never_followed()
    {
        File.CreateSymbolicLink(Path.Combine(Root, "out"), "/etc/passwd");
        System.IO.Directory.CreateSymbolicLink(Path.Combine(Root, "way"), "dir");
        OriginFacts facts = await FactsAsync(OriginPath.Of("out"));
        Assert.Equal((OriginKind.Symlink, "/etc/passwd", 11L), (facts.Kind, Encoding.UTF8.GetString(facts.Target.Span), facts.Size));
        Assert.Equal(Errno.EINVAL, (await ReadAsync(OriginPath.Of("out"), default, 0, 10)).Errno);
        Assert.Equal(Errno.ENOTDIR, (await Origin.GetFactsAsync(OriginPath.Of("way/large.bin"), default)).Errno);
        Assert.Equal(Errno.ENOTDIR, (await Origin.ListAsync(OriginPath.Of("way"), default)).Errno);
    }

    [Fact]
    public async Task A_fifo_is_shown_and_never_opened()
    {
        Assert.Equal(0, ChildProgram.Run("mkfifo", Path.Combine(Root, "pipe")).Status);
        Assert.Equal(OriginKind.Fifo, (await FactsAsync(OriginPath.Of("pipe"))).Kind);
        Assert.Equal(Errno.EINVAL, (await ReadAsync(OriginPath.Of("pipe"), default, 0, 10)).Errno);
    }

    [Fact]
    public async Task A_hole_reads_as_zeros()
    {
        using (FileStream holey = File.Create(Path.Combine(Root, "holey")))
            holey.SetLength(300_000);
        OriginFacts facts = await FactsAsync(OriginPath.Of("holey"));
        (Errno errno, byte[] bytes) = await ReadAsync(OriginPath.Of("holey"), facts.Validator, 0, facts.Size);
        Assert.Equal(((Errno)0, 300_000), (errno, bytes.Length));
        Assert.True(bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public async Task A_path_longer_than_the_kernel_takes_is_found()
    {
        string name = new('d', 200);
        string line = $"cd '{Root}' && for i in $(seq 30); do mkdir {name} && cd {name} || exit 1; done && printf deep > file";
        Assert.Equal(0, ChildProgram.Run("bash", "-c", line).Status);
        OriginPath path = OriginPath.Of(string.Join('/', Enumerable.Repeat(name, 30)) + "/file");
        Assert.True(path.Bytes.Length > 4096);
        OriginFacts facts = await FactsAsync(path);
        Assert.Equal("deep", Encoding.UTF8.GetString((await ReadAsync(path, facts.Validator, 0, 4)).Bytes));
        Assert.Single((await ListAsync(path.Parent)).Entries);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_ESTALE_and_no_changed_byte_is_handed_over()
    {
        OriginFacts facts = await FactsAsync(ContractTree.Large);
        var sink = new ChangingSink(() => HostTree.Write(Root, ContractTree.Large, new byte[ContractTree.LargeSize]));
        var read = new OriginRead(ContractTree.Large, facts.Validator, 0, facts.Size);
        Assert.Equal(Errno.ESTALE, await Origin.ReadAsync(read, sink, default));
        Assert.True(Pattern.Bytes(ContractTree.LargeSize).AsSpan(0, (int)sink.Taken.Length).SequenceEqual(sink.Taken.ToArray()));
    }

    [Fact]
    public async Task A_file_that_is_read_right_after_it_was_written_has_the_bytes_that_its_times_stand_for()
    {
        var path = OriginPath.Of("busy");
        for (int i = 0; i < 20; i++)
        {
            HostTree.Write(Root, path, [(byte)i]);
            OriginFacts facts = await FactsAsync(path);
            Assert.True(facts.Validator.IsStrong);
            Task<(Errno Errno, byte[] Bytes)> read = ReadAsync(path, facts.Validator, 0, 1);
            HostTree.Write(Root, path, [(byte)(100 + i)]); // maybe within the same tick
            (Errno errno, byte[] bytes) = await read;
            if (errno == 0 && bytes[0] == i)
                Assert.NotEqual(facts.Validator, (await FactsAsync(path)).Validator); // the second text is another version
            else
                Assert.True(errno == Errno.ESTALE || bytes[0] == 100 + i, $"{errno}");
        }
    }

    [Fact]
    public async Task The_listing_has_another_validator_when_an_entry_changes()
    {
        OriginListing before = await ListAsync(ContractTree.Folder);
        Assert.Equal(before.Validator.Value, (await ListAsync(ContractTree.Folder)).Validator.Value);
        HostTree.Write(Root, ContractTree.Large, [1]);
        Assert.NotEqual(before.Validator.Value, (await ListAsync(ContractTree.Folder)).Validator.Value);
    }

    [RootFact] // becomes another user
    public async Task What_may_not_be_read_is_EACCES_and_shown_as_far_as_it_may_be_seen()
    {
        Directory.CreateDirectory(Path.Combine(Root, "closed"));
        await File.WriteAllTextAsync(Path.Combine(Root, "closed/file"), "text");
        File.SetUnixFileMode(Path.Combine(Root, "closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(Path.Combine(Root, "small.txt"), UnixFileMode.UserRead);
        for (string above = Root; above != "/" && above != "/tmp"; above = Path.GetDirectoryName(above)!)
            File.SetUnixFileMode(above, File.GetUnixFileMode(above) | UnixFileMode.OtherExecute);

        Assert.Equal(Errno.EACCES, AsNobody.Run(() => Ask("closed/file")).Errno);
        Assert.Equal(0x100u, AsNobody.Run(() => Ask("small.txt")).Value.Permissions);
        OriginValidator version = (await FactsAsync(ContractTree.Small)).Validator;
        Assert.Equal(Errno.EACCES, AsNobody.Run(() => ReadAsync(ContractTree.Small, version, 0, 4).GetAwaiter().GetResult()).Errno);
        Assert.Equal(Errno.EACCES, AsNobody.Run(() => ReadAsync(OriginPath.Of("closed/file"), version, 0, 4).GetAwaiter().GetResult()).Errno);

        Result<OriginFacts> Ask(string path) => Origin.GetFactsAsync(OriginPath.Of(path), default).AsTask().GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData("/no/such/directory", "origin")]
    [InlineData("/etc/passwd", "origin")]
    public void What_is_no_directory_is_refused_with_cause_and_cure(string origin, string key) =>
        Assert.Equal(key, TestOrigin.TryMake(origin).Problem!.Key);

    private sealed class ChangingSink(Action change) : IOriginSink
    {
        public MemoryStream Taken { get; } = new();

        public ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            if (offset == 0)
                change();
            Taken.Write(bytes.Span);
            return ValueTask.FromResult<Errno>(0);
        }
    }
}
