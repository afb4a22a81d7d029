/** Completions for shells, as text. Kept in step with the program by test/cli/completions.test.ts. */

export type ShellName = 'bash' | 'zsh' | 'fish';

const COMMANDS = ['run', 'shell', 'policy', 'log', 'search', 'tail', 'show', 'why', 'sessions', 'summary', 'stats', 'export', 'verify', 'dashboard', 'doctor', 'status', 'completion', 'help'] as const;
const POLICY_COMMANDS = ['init', 'validate', 'show', 'schema', 'explain'] as const;
const RUN_OPTIONS = ['--policy', '--project', '--allow-degraded', '--no-guard', '--agent-host', '--no-agent-hosts', '--pty', '--quiet', '--verbose', '--help'] as const;
const LOG_OPTIONS = ['--number', '--risk', '--action', '--status', '--session', '--agent', '--rule', '--since', '--until', '--target', '--json'] as const;
const ACTIONS = 'file_read file_create file_edit file_delete command_execute network_request mcp_tool_call';
const RISKS = 'none low medium high critical';

/** Words after an option that takes one of a few; for the others, a file, a folder, or whatever it is. */
const VALUES: Readonly<Record<string, string>> = { '--risk': RISKS, '--action': `${ACTIONS} system_call session_start session_end`, '--status': 'completed denied error', '--format': 'json csv sarif ocsf' };
const FREE_VALUES = ['--number', '--session', '--agent', '--rule', '--since', '--until', '--target', '--port', '--by', '--bucket', '--agent-host'];

const FILTERS = LOG_OPTIONS.filter((option) => option !== '--number' && option !== '--json');
/** Command → its options, and the words it takes. */
const TABLE: Readonly<Record<string, { readonly options: readonly string[]; readonly words?: string }>> = {
  'policy init': { options: ['--strict', '--project', '--force'] },
  'policy validate': { options: ['--project'] },
  'policy show': { options: ['--json', '--policy', '--project'] },
  'policy schema': { options: [] },
  'policy explain': { options: ['--json', '--batch', '--policy', '--project', '--cwd'], words: ACTIONS },
  log: { options: LOG_OPTIONS, words: 'prune' },
  search: { options: LOG_OPTIONS },
  tail: { options: [...FILTERS, '--json'] },
  show: { options: ['--json'] },
  why: { options: ['--session', '--json'] },
  sessions: { options: ['--json'] },
  summary: { options: ['--json'], words: 'today week' },
  stats: { options: [...FILTERS, '--json', '--by', '--bucket'] },
  export: { options: ['--number', ...FILTERS, '--format'] },
  verify: { options: ['--all', '--json'] },
  dashboard: { options: ['--port', '--no-open', '--project', '--policy'] },
  doctor: { options: ['--json'] },
  status: { options: ['--json'] },
  completion: { options: [], words: 'bash zsh fish' },
};

const bash = `# patchwork completions for bash
_patchwork() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  case $prev in
    --policy) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --project|--cwd) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --risk) COMPREPLY=($(compgen -W "${RISKS}" -- "$cur")); return ;;
    --action) COMPREPLY=($(compgen -W "${ACTIONS} system_call session_start session_end" -- "$cur")); return ;;
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
  if (( CURRENT == 2 )); then compadd ${COMMANDS.join(' ')}; return; fi
  if [[ $words[2] == (run|shell) ]]; then
    local i
    for (( i = 3; i < CURRENT; i++ )); do
      case $words[i] in --policy|--project|--agent-host) (( i++ )) ;; -*) ;; *) shift $(( i - 1 )) words; (( CURRENT -= i - 1 )); _normal; return ;; esac
    done
  fi
  case $words[CURRENT-1] in
    --policy) _files; return ;;
    --project|--cwd) _files -/; return ;;
${Object.entries(VALUES).map(([option, values]) => `    ${option}) compadd ${values}; return ;;`).join('\n')}
  esac
  local command=$words[2]
  if [[ $command == policy ]]; then
    if (( CURRENT == 3 )); then compadd ${POLICY_COMMANDS.join(' ')}; return; fi
    command="policy $words[3]"
  fi
  case $command in
    run|shell) if [[ $words[CURRENT] == -* ]]; then compadd -- ${RUN_OPTIONS.join(' ')}; else _command_names; fi ;;
    'policy validate') if [[ $words[CURRENT] == -* ]]; then compadd -- --project --help; else _files; fi ;;
${Object.entries(TABLE).filter(([command]) => command !== 'policy validate').map(([command, { options, words }]) => {
  const offer = `compadd -- ${[...options, '--help'].join(' ')}`;
  return `    '${command}') ${words === undefined ? offer : `if [[ $words[CURRENT] == -* ]]; then ${offer}; else compadd ${words}; fi`} ;;`;
}).join('\n')}
  esac
}
compdef _patchwork patchwork
`;

const seen = (command: string): string => {
  const [first, second] = command.split(' ');
  // `show` is a command, and one of `policy`.
  return second === undefined ? `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from run shell policy` : `__fish_seen_subcommand_from policy; and __fish_seen_subcommand_from ${second}`;
};

function fishOption(option: string): string {
  const values = VALUES[option];
  if (values !== undefined) return `-l ${option.slice(2)} -x -a '${values}'`;
  if (option === '--policy') return '-l policy -r -F';
  if (option === '--cwd' || option === '--project') return `-l ${option.slice(2)} -x -a '(__fish_complete_directories)'`;
  return `-l ${option.slice(2)}${FREE_VALUES.includes(option) ? ' -x' : ''}`;
}

const fish = `# patchwork completions for fish
complete -c patchwork -f
complete -c patchwork -n __fish_use_subcommand -a '${COMMANDS.join(' ')}'
complete -c patchwork -n '__fish_seen_subcommand_from run shell' -a '(__fish_complete_command)'
${RUN_OPTIONS.map((option) => `complete -c patchwork -n '__fish_seen_subcommand_from run shell' ${fishOption(option)}`).join('\n')}
complete -c patchwork -n '__fish_seen_subcommand_from policy; and not __fish_seen_subcommand_from ${POLICY_COMMANDS.join(' ')}' -a '${POLICY_COMMANDS.join(' ')}'
complete -c patchwork -n '${seen('policy validate')}' -F
${Object.entries(TABLE)
  .flatMap(([command, { options, words }]) => [...(words === undefined ? [] : [`-a '${words}'`]), ...(command === 'policy init' ? options.map((option) => `-l ${option.slice(2)}`) : options.map(fishOption)), '-l help'].map((what) => `complete -c patchwork -n '${seen(command)}' ${what}`))
  .join('\n')}
`;

export const COMPLETIONS: Readonly<Record<ShellName, string>> = { bash, zsh, fish };
