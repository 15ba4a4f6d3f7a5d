# fish completion for uloop, ulohttp and ulobdev: the program itself knows its commands and options.
for program in uloop ulohttp ulobdev
    complete -c $program -a "($program \"[suggest:\"(string length -- (commandline -cp))\"]\" (commandline -cp) 2>/dev/null)"
end
