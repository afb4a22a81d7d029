# Enter, in an interactive zsh: the whole text, with the lines before it, is judged before zsh sees any of it.

_patchwork_bind() {
  # Whoever wraps the widget after us calls us; whoever did before is called by us.
  [[ ${widgets[accept-line]-} == user:_patchwork_accept_line ]] && return 0
  case ${widgets[accept-line]-} in
    user:*) zle -N _patchwork_next_accept "${widgets[accept-line]#user:}" ;;
    *) zle -A .accept-line _patchwork_next_accept ;;
  esac
  zle -N accept-line _patchwork_accept_line
  zle -N accept-and-hold _patchwork_accept_line
  zle -N accept-line-and-down-history _patchwork_accept_line
  zle -N accept-and-infer-next-history _patchwork_accept_line
}

_patchwork_accept_line() {
  emulate -L zsh -o extended_glob
  # A plugin wraps what was there before it, which may have been us: the outermost of us has judged it.
  if (( ${_patchwork_inside:-0} )); then zle .accept-line; return; fi
  # `vared` and `select` read answers, not commands.
  [[ $CONTEXT == (start|cont) ]] || { zle .accept-line; return }
  local -i _patchwork_inside=1
  local typed=$BUFFER cursor=$CURSOR text message
  local -a facts
  if [[ -o bang_hist && $BUFFER == *!* ]]; then zle .expand-history; fi
  text=$PREBUFFER$BUFFER
  BUFFER=$typed CURSOR=$cursor
  _patchwork_front
  # Text that zsh cannot read as a whole is not run: it asks for more, or says what is wrong. But of several lines it runs
  # the first before it reads the next.
  if [[ $text != *[^[:space:]]* ]] || { ! _patchwork_read "$text" && [[ $BUFFER != *$'\n'* ]] }; then _patchwork_accept; return; fi
  _patchwork_facts "$text"
  if message=$("$_patchwork_runtime/line" $facts <<< "$text" 2>&1); then _patchwork_accept; return; fi
  _patchwork_refuse "$PREBUFFER$typed" "$message"
}

_patchwork_accept() {
  case $WIDGET in
    accept-and-hold | accept-line-and-down-history | accept-and-infer-next-history) zle ".$WIDGET" ;;
    *) zle _patchwork_next_accept ;;
  esac
}

# Whether zsh can read it as a whole. Into `text` it comes as zsh reads it: a function's body is read and not run, but its
# aliases are expanded.
_patchwork_read() {
  local body=$1 word
  # The end of these is asked for, although a function may end so.
  [[ $body == *(\&\&|\|\||\\)[[:space:]]# && $body != *\#* ]] && return 1
  { functions[_patchwork_body]=$'{\n'$body$'\n}' } 2> /dev/null
  (( ${+functions[_patchwork_body]} )) || return 1
  { functions[_patchwork_body]=$body } 2> /dev/null
  for word in ${(z)body}; do
    if (( ${+aliases[$word]} || ${+galiases[$word]} )) || [[ $word == *.* && -n ${saliases[${word##*.}]-} ]]; then text=${functions[_patchwork_body]#$'\t'}; break; fi
  done
  unfunction _patchwork_body
}

# What the evaluator cannot know: values of variables that the text uses, and which of its words are no programs here.
_patchwork_facts() {
  local word rest=$1 match mbegin mend MATCH MBEGIN MEND
  local -A seen
  while (( $#facts < 64 )) && [[ $rest =~ '\$\{?([A-Za-z_][A-Za-z0-9_]*)' ]]; do
    word=$match[1] rest=${rest[MEND + 1, -1]}
    [[ -z ${seen[=$word]-} && ${(Pt)word} == scalar* ]] || continue
    seen[=$word]=1
    (( ${#${(P)word}} > 4096 )) || facts+=("$word=${(P)word}")
  done
  for word in ${(z)1}; do
    (( $#seen < 256 )) || break
    [[ -z ${seen[$word]-} && $word =~ '^[A-Za-z0-9_.:+@%,-]+$' ]] || continue
    seen[$word]=1
    if (( ${+functions[$word]} )) || ! whence -- "$word" > /dev/null; then facts+=("$word"); fi
  done
}

# The typed line stays on the screen and in the history; a command of ours takes its place, for its exit status.
_patchwork_refuse() {
  zle -I
  print -u2 -r -- "${2:-patchwork: the line could not be judged, and is denied}"
  print -sr -- "$1"
  if [[ -n $PREBUFFER ]]; then
    BUFFER=
    zle .send-break
    return
  fi
  [[ $TERM == dumb ]] || print -u2 -n -- '\n\n\n\e[3A\e7'
  BUFFER=' _patchwork_refused' CURSOR=19
  zle .accept-line
}

_patchwork_refused() {
  [[ $TERM == dumb ]] || print -u2 -n -- '\e8\e[J'
  return 126
}

# Never in the history itself.
_patchwork_keep_out() { [[ $1 != ' _patchwork_refused'* ]]; }
