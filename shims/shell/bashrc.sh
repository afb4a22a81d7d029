# The start-up file of an interactive bash: reads what bash would have read, and keeps the shims in front after it.
# Bash came here by --rcfile, or, where that is not read (login shells, --norc), by --posix and ENV.
if [[ :$SHELLOPTS: == *:posix:* ]]; then
  set +o posix
  unset POSIXLY_CORRECT
  shopt -u inherit_errexit 2> /dev/null
  [[ $HISTFILE == */.sh_history ]] && HISTFILE=~/.bash_history
fi
if [[ -n $_patchwork_user_env ]]; then ENV=$_patchwork_user_env; else unset ENV; fi
case $_patchwork_reads in
  login)
    [[ -r /etc/profile ]] && . /etc/profile
    if [[ -r ~/.bash_profile ]]; then . ~/.bash_profile
    elif [[ -r ~/.bash_login ]]; then . ~/.bash_login
    elif [[ -r ~/.profile ]]; then . ~/.profile
    fi
    ;;
  file) [[ -r $_patchwork_user_file ]] && . "$_patchwork_user_file" ;;
esac
unset _patchwork_reads _patchwork_user_file _patchwork_user_env

# Without line.bash: before every prompt, behind whatever the user has there. The name stands for nothing in a shell that inherits it.
_patchwork_join_prompt() {
  [[ ${PROMPT_COMMAND[*]-} == *_patchwork_front* ]] && return
  local call='${_patchwork_bin:+_patchwork_front}'
  if [[ $(declare -p PROMPT_COMMAND 2> /dev/null) == 'declare -a'* ]]; then PROMPT_COMMAND+=("$call")
  else PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$call
  fi
}
_patchwork_front
# Keys that run a function and may change the line, and prompts that can be printed, came with bash 4.4.
if [[ :$SHELLOPTS: =~ :(emacs|vi): ]] && (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404 )); then _patchwork_bind; else _patchwork_join_prompt; fi
