# ZDOTDIR leads zsh to these files; each reads the user's own of the same name first, with the user's own ZDOTDIR.
_patchwork_enter() { if [[ -n $_patchwork_user_zdotdir ]]; then ZDOTDIR=$_patchwork_user_zdotdir; else unset ZDOTDIR; fi }
_patchwork_leave() { _patchwork_user_zdotdir=${ZDOTDIR-}; export ZDOTDIR=$_patchwork_runtime/zsh; }
_patchwork_enter
[[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && . "${ZDOTDIR:-$HOME}/.zshenv"
_patchwork_front
[[ -o interactive ]] && _patchwork_leave
