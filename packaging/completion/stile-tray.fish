# fish completes stile-tray(1) by it; belongs into /usr/share/fish/vendor_completions.d.

complete -c stile-tray -f
complete -c stile-tray -l bus -x -a 'system session' -d 'where the helper is'
complete -c stile-tray -l do -x -a 'window questions rules connections history traffic settings about setup review pause' -d 'open a window, or pause'
complete -c stile-tray -l rules -d 'open the window with the rules'
complete -c stile-tray -l background -d 'open no window'
complete -c stile-tray -l help -s h -d 'print help'
complete -c stile-tray -l version -d 'print the version'
