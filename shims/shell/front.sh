# The shims in front of PATH, and nowhere else in it: the launcher looks for programs behind its own folder.
_patchwork_front() {
  case "$PATH" in
    "$_patchwork_bin" | "$_patchwork_bin":*) return 0 ;;
  esac
  PATH=":$PATH:"
  while case "$PATH" in *":$_patchwork_bin:"*) true ;; *) false ;; esac; do
    PATH="${PATH%%":$_patchwork_bin:"*}:${PATH#*":$_patchwork_bin:"}"
  done
  PATH="${PATH#:}"
  PATH="$_patchwork_bin:${PATH%:}"
}
