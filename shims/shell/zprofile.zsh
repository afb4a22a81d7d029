_patchwork_enter
[[ -r ${ZDOTDIR:-$HOME}/.zprofile ]] && . "${ZDOTDIR:-$HOME}/.zprofile"
_patchwork_front
_patchwork_leave
