# fish completion for nnpfsctl: the program itself knows its commands, options and, from arlad, the volumes.
complete -c nnpfsctl -a '(nnpfsctl "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
