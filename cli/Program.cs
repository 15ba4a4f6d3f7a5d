Console.Error.WriteLine("nnpfsctl: nothing here yet");
return 1;
