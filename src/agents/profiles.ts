/** What is known of each agent: how to recognise it, where it keeps state, whom it talks to. One row an agent. */

export interface AgentProfile {
  readonly name: string;
  /** Base names of the command. */
  readonly commands: readonly string[];
  /** npm packages whose folder is the agent's installation. */
  readonly packages?: readonly string[];
  /** Folders and files below the home that are the agent's own state; `./x` is below the project. */
  readonly state: readonly string[];
  /** Paths outside the home that the agent hard-codes for temporary files, as prefixes. */
  readonly temporary?: readonly string[];
  /** Model hosts: reachable for the agent's own process even under a catch-all network deny. */
  readonly hosts: readonly string[];
  /** Variables that name another model host (a base URL). */
  readonly hostVariables?: readonly string[];
  /** Settings below the home in which the user may have named a model server of this machine. */
  readonly hostFiles?: readonly string[];
  /** What the agent is, as far as enforcement goes. */
  readonly kind: 'node' | 'native' | 'python' | 'shell' | 'program';
  /** Shown once in the banner. */
  readonly hint?: string;
}

const OPENAI_URLS = ['OPENAI_BASE_URL', 'OPENAI_API_BASE'];

const AGENTS: readonly AgentProfile[] = [
  {
    name: 'codex', commands: ['codex'], packages: ['@openai/codex'], kind: 'native',
    state: ['.codex'], temporary: ['/tmp/codex-'],
    hosts: ['api.openai.com', 'chatgpt.com', 'auth.openai.com'], hostFiles: ['.codex/config.toml'], hostVariables: OPENAI_URLS,
    hint: 'codex brings a sandbox of its own; inside Patchwork use --sandbox danger-full-access',
  },
  {
    name: 'gemini', commands: ['gemini'], packages: ['@google/gemini-cli'], kind: 'node',
    state: ['.gemini'], temporary: ['/tmp/gemini-'],
    hosts: ['generativelanguage.googleapis.com', 'cloudcode-pa.googleapis.com', 'oauth2.googleapis.com', 'aiplatform.googleapis.com'], hostFiles: ['.gemini/settings.json'], hostVariables: ['GOOGLE_GEMINI_BASE_URL', 'GOOGLE_VERTEX_BASE_URL'],
  },
  {
    name: 'claude', commands: ['claude'], packages: ['@anthropic-ai/claude-code'], kind: 'native',
    state: ['.claude', '.claude.json', '.claude.json.*', '.local/share/claude', '.cache/claude-cli-nodejs'], temporary: ['/tmp/claude-'],
    hosts: ['api.anthropic.com', 'console.anthropic.com'], hostFiles: ['.claude/settings.json'], hostVariables: ['ANTHROPIC_BASE_URL'],
  },
  {
    name: 'opencode', commands: ['opencode'], packages: ['opencode-ai'], kind: 'native',
    state: ['.config/opencode', '.local/share/opencode', '.local/state/opencode', '.cache/opencode', '.opencode'],
    hosts: ['models.dev', 'opencode.ai', 'api.openai.com', 'api.anthropic.com'], hostFiles: ['.config/opencode/opencode.json', '.config/opencode/opencode.jsonc', '.config/opencode/config.json'], hostVariables: [...OPENAI_URLS, 'ANTHROPIC_BASE_URL'],
  },
  {
    name: 'qwen', commands: ['qwen'], packages: ['@qwen-code/qwen-code'], kind: 'node',
    state: ['.qwen'],
    hosts: ['dashscope.aliyuncs.com', 'chat.qwen.ai', 'portal.qwen.ai'], hostFiles: ['.qwen/settings.json'], hostVariables: OPENAI_URLS,
  },
  {
    name: 'pi', commands: ['pi'], packages: ['@mariozechner/pi-coding-agent'], kind: 'node',
    state: ['.pi'],
    hosts: ['api.anthropic.com', 'api.openai.com', 'generativelanguage.googleapis.com'], hostFiles: ['.pi/agent/models.json'], hostVariables: [...OPENAI_URLS, 'ANTHROPIC_BASE_URL'],
  },
  {
    name: 'aider', commands: ['aider'], kind: 'python',
    state: ['.aider', './.aider.chat.history.md', './.aider.input.history', './.aider.tags.cache.v4', './.aider.tags.cache.v3'],
    hosts: ['api.openai.com', 'api.anthropic.com', 'openrouter.ai', 'generativelanguage.googleapis.com'], hostFiles: ['.aider.conf.yml'], hostVariables: [...OPENAI_URLS, 'ANTHROPIC_BASE_URL'],
  },
  {
    name: 'copilot', commands: ['copilot'], packages: ['@github/copilot'], kind: 'native',
    state: ['.copilot', '.cache/copilot'],
    hosts: ['api.githubcopilot.com', 'api.github.com', 'github.com'], hostVariables: ['COPILOT_PROVIDER_BASE_URL'],
  },
  {
    name: 'cn', commands: ['cn'], packages: ['@continuedev/cli'], kind: 'node',
    state: ['.continue'], hosts: ['api.continue.dev'], hostFiles: ['.continue/config.yaml'], hostVariables: OPENAI_URLS,
  },
  {
    name: 'cline', commands: ['cline'], packages: ['cline'], kind: 'native',
    state: ['.cline'], hosts: ['api.cline.bot'], hostFiles: ['.cline/data/settings/providers.json'], hostVariables: OPENAI_URLS,
  },
  {
    name: 'grok', commands: ['grok'], packages: ['@vibe-kit/grok-cli'], kind: 'node',
    state: ['.grok', './.grok'], hosts: ['api.x.ai'], hostFiles: ['.grok/user-settings.json'], hostVariables: ['GROK_BASE_URL'],
  },
  { name: 'bash', commands: ['bash', 'rbash'], kind: 'shell', state: ['.bash_history', '.inputrc', '.bashrc', '.bash_profile', '.profile', '.bash_aliases'], hosts: [] },
  { name: 'zsh', commands: ['zsh'], kind: 'shell', state: ['.zsh_history', '.zshrc', '.zshenv', '.zprofile', '.zcompdump'], hosts: [] },
  { name: 'sh', commands: ['sh', 'dash', 'ksh', 'fish'], kind: 'shell', state: ['.config/fish', '.local/share/fish'], hosts: [] },
];

/** Any other program. */
const GENERIC: Omit<AgentProfile, 'name' | 'commands'> = { kind: 'program', state: [], hosts: [], hostVariables: [...OPENAI_URLS, 'ANTHROPIC_BASE_URL'] };

/** `command` as it was given to `patchwork run`: a name or a path. */
export function profileFor(command: string): AgentProfile {
  const name = command.slice(command.lastIndexOf('/') + 1).replace(/\.(?:js|mjs|cjs|exe)$/, '');
  return AGENTS.find((agent) => agent.commands.includes(name)) ?? { ...GENERIC, name, commands: [name] };
}
