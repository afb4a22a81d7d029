_patchwork_enter
# The system's file may have named it after our folder.
[[ ${HISTFILE-} == $_patchwork_runtime/zsh/* ]] && HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE##*/}
[[ -r ${ZDOTDIR:-$HOME}/.zshrc ]] && . "${ZDOTDIR:-$HOME}/.zshrc"
_patchwork_front
typeset -ga precmd_functions
precmd_functions+=(_patchwork_front)
[[ -o login ]] && _patchwork_leave
