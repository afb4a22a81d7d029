_patchwork_enter
# The system's file may have named it after our folder.
[[ ${HISTFILE-} == $_patchwork_runtime/zsh/* ]] && HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE##*/}
[[ -r ${ZDOTDIR:-$HOME}/.zshrc ]] && . "${ZDOTDIR:-$HOME}/.zshrc"
_patchwork_front
# Before every prompt, in case a plugin came later.
_patchwork_prompt() { _patchwork_front; [[ -o zle ]] && _patchwork_bind; return 0; }
typeset -ga precmd_functions zshaddhistory_functions
precmd_functions+=(_patchwork_prompt)
zshaddhistory_functions+=(_patchwork_keep_out)
[[ -o login ]] && _patchwork_leave
