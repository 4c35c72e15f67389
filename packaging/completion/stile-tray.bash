# bash completes stile-tray(1) by it; belongs into /usr/share/bash-completion/completions, called stile-tray.

_stile_tray() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    case $before in
        --do) mapfile -t COMPREPLY < <(compgen -W 'window questions rules connections history traffic
            settings about setup review pause' -- "$word") ;;
        --bus) mapfile -t COMPREPLY < <(compgen -W 'system session' -- "$word") ;;
        *) mapfile -t COMPREPLY < <(compgen -W '--bus --do --rules --background --help --version' \
            -- "$word") ;;
    esac
}

complete -F _stile_tray stile-tray
