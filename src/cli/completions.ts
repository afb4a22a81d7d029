/** Completions for shells, as text. Kept in step with the program by test/cli/completions.test.ts. */

export type ShellName = 'bash' | 'zsh' | 'fish';

const COMMANDS = ['run', 'shell', 'policy', 'log', 'search', 'tail', 'show', 'why', 'sessions', 'summary', 'stats', 'export', 'verify', 'dashboard', 'doctor', 'status', 'completion', 'help'] as const;
const POLICY_COMMANDS = ['init', 'validate', 'show', 'schema', 'explain'] as const;
const RUN_OPTIONS = ['--policy', '--project', '--allow-degraded', '--no-guard', '--agent-host', '--no-agent-hosts', '--pty', '--quiet', '--verbose', '--help'] as const;
const LOG_OPTIONS = ['--number', '--risk', '--action', '--status', '--session', '--agent', '--rule', '--since', '--until', '--target', '--json'] as const;
const ACTIONS = 'file_read file_create file_edit file_delete command_execute network_request mcp_tool_call';
const RISKS = 'none low medium high critical';

const bash = `# patchwork completions for bash
_patchwork() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  case $prev in
    --policy) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --project|--cwd) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --risk) COMPREPLY=($(compgen -W "${RISKS}" -- "$cur")); return ;;
    --action) COMPREPLY=($(compgen -W "${ACTIONS} session_start session_end" -- "$cur")); return ;;
    --status) COMPREPLY=($(compgen -W "completed denied error" -- "$cur")); return ;;
    --format) COMPREPLY=($(compgen -W "json csv sarif ocsf" -- "$cur")); return ;;
    --session) COMPREPLY=($(compgen -W "$(patchwork sessions --json 2>/dev/null | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')" -- "$cur")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${COMMANDS.join(' ')}" -- "$cur")); return; fi
  case $command in
    run|shell)
      local i word agent=
      for ((i = 2; i < COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        case $word in --policy|--project|--agent-host) ((i++)) ;; -*) ;; *) agent=$i; break ;; esac
      done
      if [ -n "$agent" ]; then
        if declare -F _command_offset >/dev/null; then _command_offset "$agent"; else COMPREPLY=($(compgen -f -- "$cur")); fi
      elif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "${RUN_OPTIONS.join(' ')}" -- "$cur"))
      else COMPREPLY=($(compgen -c -- "$cur")); fi ;;
    policy)
      if [ "$COMP_CWORD" -eq 2 ]; then COMPREPLY=($(compgen -W "${POLICY_COMMANDS.join(' ')}" -- "$cur")); return; fi
      case \${COMP_WORDS[2]} in
        init) COMPREPLY=($(compgen -W "--strict --project --force" -- "$cur")) ;;
        explain) COMPREPLY=($(compgen -W "${ACTIONS} --json --batch --policy --project --cwd" -- "$cur")) ;;
        show) COMPREPLY=($(compgen -W "--json --policy --project" -- "$cur")) ;;
        validate) if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "--project --help" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi ;;
        *) COMPREPLY=($(compgen -W "--help" -- "$cur")) ;;
      esac ;;
    tail) COMPREPLY=($(compgen -W "${LOG_OPTIONS.filter((option) => option !== '--number').join(' ')}" -- "$cur")) ;;
    show) COMPREPLY=($(compgen -W "--json --help" -- "$cur")) ;;
    why) COMPREPLY=($(compgen -W "--session --json --help" -- "$cur")) ;;
    verify) COMPREPLY=($(compgen -W "--all --json --help" -- "$cur")) ;;
    summary) COMPREPLY=($(compgen -W "today week --json --help" -- "$cur")) ;;
    stats) COMPREPLY=($(compgen -W "${LOG_OPTIONS.filter((option) => option !== '--number').join(' ')} --by --bucket" -- "$cur")) ;;
    export) COMPREPLY=($(compgen -W "${LOG_OPTIONS.filter((option) => option !== '--json').join(' ')} --format" -- "$cur")) ;;
    log) COMPREPLY=($(compgen -W "prune ${LOG_OPTIONS.join(' ')}" -- "$cur")) ;;
    search) COMPREPLY=($(compgen -W "${LOG_OPTIONS.join(' ')}" -- "$cur")) ;;
    dashboard) COMPREPLY=($(compgen -W "--port --no-open --project --policy --help" -- "$cur")) ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "--json --help" -- "$cur")) ;;
  esac
}
complete -F _patchwork patchwork
`;

const zsh = `#compdef patchwork
# patchwork completions for zsh
_patchwork() {
  local -a commands=(${COMMANDS.join(' ')})
  if (( CURRENT == 2 )); then compadd -a commands; return; fi
  case $words[2] in
    run|shell)
      local i
      for (( i = 3; i < CURRENT; i++ )); do
        case $words[i] in --policy|--project|--agent-host) (( i++ )) ;; -*) ;; *) shift $(( i - 1 )) words; (( CURRENT -= i - 1 )); _normal; return ;; esac
      done
      case $words[CURRENT-1] in --policy) _files; return ;; --project) _files -/; return ;; esac
      if [[ $words[CURRENT] == -* ]]; then compadd -- ${RUN_OPTIONS.join(' ')}; else _command_names; fi ;;
    policy)
      if (( CURRENT == 3 )); then compadd ${POLICY_COMMANDS.join(' ')}; return; fi
      case $words[3] in
        init) compadd -- --strict --project --force ;;
        explain) compadd -- ${ACTIONS} --json --batch --policy --project --cwd ;;
        *) _files ;;
      esac ;;
    log|search|tail)
      case $words[CURRENT-1] in
        --risk) compadd ${RISKS} ;;
        --action) compadd ${ACTIONS} ;;
        --status) compadd completed denied error ;;
        *) compadd -- ${LOG_OPTIONS.join(' ')} ;;
      esac ;;
    why) compadd -- --session --json --help ;;
    dashboard)
      case $words[CURRENT-1] in --policy) _files; return ;; --project) _files -/; return ;; esac
      compadd -- --port --no-open --project --policy --help ;;
    completion) compadd bash zsh fish ;;
    *) compadd -- --json --help ;;
  esac
}
compdef _patchwork patchwork
`;

const fish = `# patchwork completions for fish
complete -c patchwork -f
complete -c patchwork -n __fish_use_subcommand -a '${COMMANDS.join(' ')}'
complete -c patchwork -n '__fish_seen_subcommand_from run shell' -a '(__fish_complete_command)'
${RUN_OPTIONS.map((option) => `complete -c patchwork -n '__fish_seen_subcommand_from run shell' -l ${option.slice(2)}`).join('\n')}
complete -c patchwork -n '__fish_seen_subcommand_from policy' -a '${POLICY_COMMANDS.join(' ')}'
complete -c patchwork -n '__fish_seen_subcommand_from explain' -a '${ACTIONS}'
${LOG_OPTIONS.map((option) => `complete -c patchwork -n '__fish_seen_subcommand_from log search tail stats export' -l ${option.slice(2)}`).join('\n')}
${['port', 'no-open', 'project', 'policy'].map((option) => `complete -c patchwork -n '__fish_seen_subcommand_from dashboard' -l ${option}`).join('\n')}
complete -c patchwork -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
`;

export const COMPLETIONS: Readonly<Record<ShellName, string>> = { bash, zsh, fish };
