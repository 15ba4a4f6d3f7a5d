Console.Error.WriteLine("arlad: nothing here yet");
return 1;
