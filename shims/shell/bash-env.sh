# What a bash without a terminal reads (BASH_ENV), behind the user's own: profiles may have set PATH anew.
_patchwork_front
unset -f _patchwork_front
unset _patchwork_bin _patchwork_runtime
eval "unset _patchwork_traces; ${_patchwork_traces:+set -$_patchwork_traces}"
