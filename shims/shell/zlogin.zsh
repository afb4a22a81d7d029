_patchwork_enter
[[ -r ${ZDOTDIR:-$HOME}/.zlogin ]] && . "${ZDOTDIR:-$HOME}/.zlogin"
_patchwork_front
# Here or in .zshrc all is read; in case a file replaced the list.
(( ${precmd_functions[(I)_patchwork_front]} )) || precmd_functions+=(_patchwork_front)
