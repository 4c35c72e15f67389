# bash completes stile(1) by it; belongs into /usr/share/bash-completion/completions, called stile.
# The program itself says what fits, where argcomplete is installed; else bash offers files, as ever.

_stile() {
    local suppress=0
    compopt +o nospace 2> /dev/null && suppress=1
    IFS=$'\013' read -r -d '' -a COMPREPLY < <(
        COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT COMP_TYPE=$COMP_TYPE \
            _ARGCOMPLETE=1 _ARGCOMPLETE_SHELL=bash _ARGCOMPLETE_IFS=$'\013' \
            _ARGCOMPLETE_COMP_WORDBREAKS=$COMP_WORDBREAKS _ARGCOMPLETE_SUPPRESS_SPACE=$suppress \
            "$1" 8>&1 9> /dev/null > /dev/null 2>&1 < /dev/null
    )
    # a word that goes on gets no space behind it
    if [[ $suppress = 1 && ${COMPREPLY-} = *[=/:] ]]; then
        compopt -o nospace
    fi
}

complete -o nospace -o default -o bashdefault -F _stile stile
