using System.CommandLine;
using Nnpfs.Uloop.Devices;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Uloop.Commands;

/// <summary>uloop discard: drops a cache that nobody uses.</summary>
internal static class DiscardCommand
{
    public static Command Build()
    {
        var cache = new Option<string>("-c", "--cache") { Description = "File of the data", HelpName = "CACHE", Required = true };
        var bitmap = new Option<string?>("-b", "--bitmap") { Description = "File of the filled pages (default: CACHE.bitmap)", HelpName = "BITMAP" };
        var command = new Command("discard", "Remove a cache that no device uses: data, bitmap and companion file") { cache, bitmap };
        command.SetAction(parsed =>
        {
            CachePaths paths = CachePaths.Of(parsed.GetRequiredValue(cache), parsed.GetValue(bitmap), origin: "");
            if (DeviceState.OfCache(paths.Cache) is { } shown && shown.Way() != DeviceWay.None)
                return Printer.Fail($"the cache {paths.Cache} is that of {shown.Device}: uloop detach {shown.Device}");
            return CacheFiles.Discard(paths) is { } failure ? Printer.Fail(failure) : ExitStatus.Success;
        });
        return command;
    }
}
