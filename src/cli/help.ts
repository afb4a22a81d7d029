/** Help texts of the commands that are parsed by hand. */

export const RUN_HELP = `Usage: patchwork run [options] <agent> [args...]

Starts an agent (or any program) under the policy. Everything after its name is the agent's own.

Options:
  --policy FILE        stands in for the user's policy; system and project policy still hold
  --project DIR        the project root (default: the nearest folder upwards with .patchwork or .git)
  --no-guard           without the kernel guard: a missing layer, as if it were not there
  --allow-degraded     start although a layer that the policy needs is missing
  --agent-host HOST    one more model host for the agent's own process (repeatable)
  --no-agent-hosts     the agent's model hosts need rules like any other
  --pty                give the agent a terminal even in a pipe
  -q, --quiet          no banner and no summary
  -v, --verbose        failures of patchwork itself on stderr, too
  -h, --help           this text

Examples:
  patchwork run codex
  patchwork run --policy strict.yml --allow-degraded gemini -p "fix the tests"
  patchwork run python3 -c 'print(1)'

Exit status: the agent's own; 126 denied, 127 not found, 64 usage, 78 bad policy, 69 a needed layer is missing.
`;

export const SHELL_HELP = `Usage: patchwork shell [options] [args...]

Starts your own shell ($SHELL) under the policy. Options as for \`patchwork run\`.
`;
