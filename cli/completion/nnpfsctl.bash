# bash completion for nnpfsctl: the program itself knows its commands, options and, from arlad, the volumes.
# Installed as /usr/share/bash-completion/completions/nnpfsctl; or source it.
_nnpfsctl()
{
    local current="${COMP_LINE:0:COMP_POINT}" word line
    # bash cuts words at ":", which is within a word here.
    word="${current##*[[:space:]]}"
    COMPREPLY=()
    while IFS= read -r line; do
        [[ $line == "$word"* ]] && COMPREPLY+=("${line#"${word%"${word##*:}"}"}")
    done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
    # A volume is followed by its path, a directory by what is in it.
    [[ ${COMPREPLY[0]-} == *: ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _nnpfsctl nnpfsctl
