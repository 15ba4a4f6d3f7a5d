using Nnpfs.Driver.Commands;
using Nnpfs.Driver.Mounting;
using Nnpfs.Fuse.Starting;
using Nnpfs.Mount.Tests.Session;

// The test runner loads this assembly and never comes here. A test starts it as a child, as the driver over a tree in memory:
// a process that serves a mount must not use it as well.
OpenVolume open = (_, _, _, _) => Task.FromResult<(IVolumeTree?, Failure?)>((new MemoryTree(), null));
var start = new MountOptions(args[0], args[1]);
return await MountCommand.RunAsync(start, args.Length > 2 ? args[2] : "", foreground: true, fromMount8: false, open);
