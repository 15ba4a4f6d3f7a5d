# bash completion for uloop, ulohttp and ulobdev: the program itself knows its commands and options; all else is a file.
# Installed as /usr/share/bash-completion/completions/uloop; or source it.
_uloop()
{
    local current="${COMP_LINE:0:COMP_POINT}" word line
    word="${current##*[[:space:]]}"
    COMPREPLY=()
    while IFS= read -r line; do
        [[ $line == "$word"* ]] && COMPREPLY+=("$line")
    done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
    return 0
}
complete -o default -F _uloop uloop ulohttp ulobdev
