using System.CommandLine;
using Nnpfs.Driver.Commands;
using Nnpfs.Driver.Mounting;

// The map of the process: command line -> MountRun (Mounting/) -> arlad (Channel/) and the tree (Nodes/, Data/, Handlers/)
// -> FuseSession (fuse/Session/), whose threads run until the directory is unmounted.
OpenVolume open = VolumeOpening.OpenAsync;

string calledAs = File.ReadAllText("/proc/self/cmdline").Split('\0')[0]; // the runtime hides the name of a link
if (MountHelper.IsCalled(calledAs, args, out string[] helperArguments))
    return await MountHelper.RunAsync(helperArguments, open);

// MountRun ends on signals by itself: the parser's own handling would cut it short.
return await NnpfsCommand.Build(open).Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
