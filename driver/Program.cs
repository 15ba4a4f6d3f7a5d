Console.Error.WriteLine("nnpfs: nothing here yet");
return 1;
