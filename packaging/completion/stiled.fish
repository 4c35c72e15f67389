# fish completes stiled(8) by it; belongs into /usr/share/fish/vendor_completions.d.

complete -c stiled -f
complete -c stiled -l config -r -F -d 'where stile.toml, rules.d and lists.d are'
complete -c stiled -l state -r -F -d 'what is kept beside the rules'
complete -c stiled -l runtime -r -F -d 'what lasts until the reboot'
complete -c stiled -l shipped -r -F -d 'rules that come with packages'
complete -c stiled -l bus -x -a 'system session' -d 'where the bus is'
complete -c stiled -l cgroup -x -d 'net_cls group'
complete -c stiled -l queue -x -d 'netfilter queue'
complete -c stiled -l gate -r -a 'auto none' -d 'the exec gate'
complete -c stiled -l backend -x -a 'auto nftables iptables' -d 'which packet filter decides'
complete -c stiled -l resolved -r -F -d 'the monitor of systemd-resolved'
complete -c stiled -l clear -d 'take everything of Stile out of the kernel, and end'
complete -c stiled -l help -s h -d 'print help'
complete -c stiled -l version -d 'print the version'
