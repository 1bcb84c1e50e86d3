"""Scripts of shells that ask ``mmdrp completion words LINE`` what may come."""

BASH = r"""# mmdrp: completion of commands and options
_mmdrp() {
    local line=${COMP_LINE:0:COMP_POINT}
    local last=${line##*[[:space:]]}
    # Readline replaces what stands after its last word break, such as the = of option=value.
    local kept="" breaks=${COMP_WORDBREAKS//[^=:]/}
    if [[ -n $breaks && $last == *[$breaks]* ]]; then
        kept=${last%"${last##*[$breaks]}"}
    fi
    local row files=""
    COMPREPLY=()
    while IFS=$'\t' read -r row _; do
        if [[ $row == /files ]]; then
            files=yes
        elif [[ -n $row ]]; then
            COMPREPLY+=("${row#"$kept"}")
        fi
    done < <(command "${COMP_WORDS[0]}" completion words "$line" 2>/dev/null)
    if [[ -n $files ]]; then
        [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o filenames 2>/dev/null
        while IFS= read -r row; do
            COMPREPLY+=("$row")
        done < <(compgen -f -- "${last#"$kept"}")
    elif [[ ${#COMPREPLY[@]} -eq 1 && ( ${COMPREPLY[0]} == *= || ${COMPREPLY[0]} == *\[* ) ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _mmdrp mmdrp
"""

ZSH = r"""#compdef mmdrp
_mmdrp() {
    local -a found open closed
    local row
    found=("${(@f)$(command ${words[1]} completion words "${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
    for row in $found; do
        row=${row%%$'\t'*}
        if [[ $row == *= || $row == *=\[* ]]; then
            open+=($row)
        elif [[ $row != /files ]]; then
            closed+=($row)
        fi
    done
    (( $#open )) && compadd -S '' -a open
    (( $#closed )) && compadd -a closed
    if [[ ${found[(I)/files]} -gt 0 ]]; then
        compset -P '*='
        _files
    fi
}
if [[ ${funcstack[1]} == _mmdrp ]]; then _mmdrp "$@"; else compdef _mmdrp mmdrp; fi
"""

FISH = r"""# mmdrp: completion of commands and options
function __mmdrp_offers
    set -l found (command mmdrp completion words (commandline -cp | string collect) 2>/dev/null)
    if contains /files $found
        set -l last (commandline -ct)
        set -l key (string match -r '^[^=]*=' -- $last)
        for path in (__fish_complete_path (string replace -r '^[^=]*=' '' -- $last))
            echo "$key$path"
        end
    end
    string match -v /files -- $found
end
complete -c mmdrp -f -a '(__mmdrp_offers)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
