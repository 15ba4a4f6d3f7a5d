using Nnpfs.Daemon;

Arguments? arguments = Arguments.Parse(args, out int exit);
return arguments is null ? exit : await Arlad.RunAsync(arguments);
