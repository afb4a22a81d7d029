# Enter, in an interactive bash: the whole text is judged before bash sees any of it. Enter stands for four keys: remember
# what was typed; expand history and aliases, as bash will; judge that, and show what was typed again; accept it.
# An unfinished command stays in the editor, on one more line, so that nothing of it runs before all of it is known.

_patchwork_bind() {
  # Keys that nobody types: C-x and a control character. The last two are bound to what the judgement says.
  local map first='\C-x\C-]' second='\C-x\C-^' third='\C-x\C-_'
  # A trap of the user for every command, and set -x, see these, too; nobody has to read it.
  for map in emacs-standard vi-insert vi-command; do
    bind -m "$map" -x "\"$first\": { _patchwork_last=\$_ && _patchwork_remember; } > /dev/null 2>&1"
    bind -m "$map" "\"$second\": history-and-alias-expand-line"
    bind -m "$map" -x "\"$third\": { _patchwork_judge || :; : \"\$_patchwork_last\"; } > /dev/null 2>&1"
    bind -m "$map" "\"\\C-m\": \"$first$second$third\\C-x\\C-z\""
    bind -m "$map" "\"\\C-j\": \"$first$second$third\\C-x\\C-z\""
  done
  # bash would run what comes out of the editor at once; here it comes back to the line, to be judged at Enter.
  bind -m emacs-standard -x '"\C-x\C-e": _patchwork_edit'
  bind -m vi-command -x '"v": _patchwork_edit'
  bind -m emacs-standard "\"\\C-o\": \"$first$second$third\\C-x\\C-y\""
  _patchwork_then accept-line operate-and-get-next
}

_patchwork_edit() {
  local file=${TMPDIR:-/tmp}/line-$$
  (umask 077 && printf '%s\n' "$READLINE_LINE" > "$file") || return
  ${VISUAL:-${EDITOR:-vi}} "$file" < /dev/tty > /dev/tty 2>&1 && READLINE_LINE=$(< "$file") && READLINE_POINT=${#READLINE_LINE}
}

_patchwork_then() {
  local map
  for map in emacs-standard vi-insert vi-command; do
    bind -m "$map" "\"\\C-x\\C-z\": $1"
    bind -m "$map" "\"\\C-x\\C-y\": $2"
  done
}

_patchwork_remember() {
  _patchwork_text=$READLINE_LINE
  _patchwork_point=$READLINE_POINT
}

_patchwork_judge() {
  local text=$READLINE_LINE message
  local -a facts=()
  READLINE_LINE=$_patchwork_text
  READLINE_POINT=$_patchwork_point
  _patchwork_front
  _patchwork_then accept-line operate-and-get-next
  [[ $text == *[![:space:]]* ]] || return 0
  if _patchwork_unfinished "$text"; then
    READLINE_LINE+=$'\n'
    READLINE_POINT=${#READLINE_LINE}
    _patchwork_then end-of-line end-of-line
    return 0
  fi
  # An event that is not there: the second key has said so already, and bash would not run it.
  if [[ $- == *H* && $text == *!* && $text == "$_patchwork_text" ]] && ! (history -p -- "$text"); then
    READLINE_LINE=''
    _patchwork_then end-of-line end-of-line
    return 0
  fi
  _patchwork_facts "$text"
  message=$("$_patchwork_runtime/line" ${facts[@]+"${facts[@]}"} <<< "$text" 2>&1) || _patchwork_refuse "$message"
}

# Whether bash would ask for more. Its own parser says so, but for a backslash at the end.
_patchwork_unfinished() {
  local said
  [[ $1 =~ (^|[^\\])(\\\\)*\\$ ]] && return 0
  [[ $1 == *[\'\"\`\(\{\[\<\|\&]* || $1 =~ (^|[^[:alnum:]_])(if|then|elif|else|for|select|while|until|do|case|function|coproc|time|!)([^[:alnum:]_]|$) ]] || return 1
  local -a options=(--norc --noprofile -n)
  shopt -q extglob && options=(--norc --noprofile -O extglob -n)
  said=$(BASH_ENV='' LC_ALL=C "$_patchwork_shell" "${options[@]}" <<< "$1" 2>&1)
  [[ $said == *'unexpected end of file'* || $said == *'unexpected EOF while looking for'* || $said == *'here-document at line '*' delimited by end-of-file'* ]]
}

# What the evaluator cannot know: values of variables that the text uses, and which of its words are no programs here.
_patchwork_facts() {
  local - word value rest=$1 IFS=$' \t\n;|&()<>{}`"'\''=$!'
  local -A seen=()
  while (( ${#facts[@]} < 64 )) && [[ $rest =~ \$\{?([A-Za-z_][A-Za-z0-9_]*) ]]; do
    word=${BASH_REMATCH[1]}
    rest=${rest#*"${BASH_REMATCH[0]}"}
    # Those with a value of their own each time they are read tell nothing.
    [[ $word != @(_|RANDOM|SRANDOM|SECONDS|EPOCH*|LINENO|BASH*|HISTCMD|FUNCNAME|PIPESTATUS|OLDPWD) && -z ${seen[=$word]-} && -n ${!word+set} ]] || continue
    seen[=$word]=1
    value=${!word}
    (( ${#value} > 4096 )) || facts+=("$word=$value")
  done
  set -f
  for word in $1; do
    (( ${#seen[@]} < 256 )) || break
    [[ -z ${seen[$word]-} && $word =~ ^[A-Za-z0-9_.:+@%,-]+$ ]] || continue
    seen[$word]=1
    if declare -F -- "$word" || ! type -- "$word"; then facts+=("$word"); fi
  done
}

# The typed line stays on the screen and in the history; a command of ours takes its place, for its exit status.
_patchwork_refuse() {
  local prompt=${PS1@P} rows
  prompt=${prompt//[$'\001\002']/}
  rows=${prompt//[!$'\n']/}
  printf '%s%s\n%s\n' "${prompt##*$'\n'}" "$_patchwork_text" "${1:-patchwork: the line could not be judged, and is denied}" > /dev/tty
  # Room for the prompt that follows, so that the place to come back to does not scroll away.
  [[ $TERM == dumb ]] || printf '\n\n%s\e[%dA\e7' "$rows" $((${#rows} + 2)) > /dev/tty
  READLINE_LINE=' _patchwork_refused'
  READLINE_POINT=${#READLINE_LINE}
}

_patchwork_refused() {
  [[ $TERM == dumb ]] || printf '\e8\e[J' > /dev/tty
  # It replaces this very command, if that was put there.
  [[ -o history ]] && history -s -- "$_patchwork_text"
  return 126
}
