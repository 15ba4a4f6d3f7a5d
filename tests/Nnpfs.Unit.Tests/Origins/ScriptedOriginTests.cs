using Nnpfs.Origins;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

public class ScriptedOriginTests : OriginContract
{
    protected ScriptedOrigin Scripted { get; } = new();

    protected override Task<IOrigin> MakeAsync()
    {
        foreach ((OriginPath path, byte[] content) in Files())
            Scripted.SetFile(path, content);
        return Task.FromResult<IOrigin>(Scripted);
    }

    protected override Task ChangeAsync(OriginPath path, byte[] content)
    {
        Scripted.SetFile(path, content);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_file_is_no_directory_and_a_directory_no_file()
    {
        Assert.Equal(Errno.ENOTDIR, (await Origin.ListAsync(ContractTree.Small, default)).Errno);
        Assert.Equal(Errno.ENOTDIR, (await Origin.GetFactsAsync(ContractTree.Small.Join("x"u8), default)).Errno);
        Assert.Equal(Errno.EISDIR, (await ReadAsync(ContractTree.Folder, default, 0, 10)).Errno);
    }
}
