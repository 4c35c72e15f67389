# fish completes stile(1) by it; belongs into /usr/share/fish/vendor_completions.d.
# The program itself says what fits, where argcomplete is installed.

function __stile_complete
    set -lx _ARGCOMPLETE 1
    set -lx _ARGCOMPLETE_SHELL fish
    set -lx _ARGCOMPLETE_DFS \t
    set -lx _ARGCOMPLETE_IFS \n
    set -lx _ARGCOMPLETE_SUPPRESS_SPACE 1
    set -lx COMP_LINE (commandline -cp)
    set -lx COMP_POINT (string length -- $COMP_LINE)
    set -lx COMP_TYPE
    stile 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null
end

complete -c stile -f -a '(__stile_complete)'
