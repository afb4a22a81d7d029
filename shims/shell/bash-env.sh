# What a bash without a terminal reads first (BASH_ENV): profiles may have set PATH anew.
if [ -n "$_patchwork_user_file" ] && [ -r "$_patchwork_user_file" ]; then . "$_patchwork_user_file"; fi
_patchwork_front
unset -f _patchwork_front
unset _patchwork_bin _patchwork_user_file
