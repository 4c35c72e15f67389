# bash completes stiled(8) by it; belongs into /usr/share/bash-completion/completions, called stiled.

_stiled() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    case $before in
        --config | --state | --runtime | --shipped | --resolved) return ;; # files
        --backend) mapfile -t COMPREPLY < <(compgen -W 'auto nftables iptables' -- "$word") ;;
        --gate) mapfile -t COMPREPLY < <(compgen -W 'auto none' -- "$word") ;;
        --bus) mapfile -t COMPREPLY < <(compgen -W 'system session' -- "$word") ;;
        --cgroup | --queue) ;;
        *) mapfile -t COMPREPLY < <(compgen -W '--config --state --runtime --shipped --bus --cgroup
            --queue --gate --backend --resolved --clear --help --version' -- "$word") ;;
    esac
}

complete -o default -F _stiled stiled
