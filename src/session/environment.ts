/** The agent's environment: shims in front, preload in Node, nothing secret. And the shells' start-up files that keep it so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentProfile } from '../agents/profiles.ts';

export interface EnvironmentOptions {
  readonly id: string;
  readonly runtime: string;
  readonly bin: string;
  readonly temporary: string;
  readonly preloadOption: string;
  readonly inherited: NodeJS.ProcessEnv;
}

export function agentEnvironment(options: EnvironmentOptions): NodeJS.ProcessEnv {
  const { inherited, bin } = options;
  const userOptions = inherited['NODE_OPTIONS'] ?? '';
  return {
    ...inherited,
    PATH: `${bin}:${inherited['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'}`,
    NODE_OPTIONS: userOptions === '' ? options.preloadOption : `${options.preloadOption} ${userOptions}`,
    TMPDIR: options.temporary,
    ...(/\/(?:bash|zsh)$/.test(inherited['SHELL'] ?? '') ? { SHELL: join(bin, (inherited['SHELL'] ?? '').replace(/.*\//, '')) } : {}),
    BASH_ENV: join(options.runtime, 'bash-env'),
    PATCHWORK: '1',
    PATCHWORK_SESSION: options.id,
  };
}

/** Login profiles set PATH anew (codex, cn); these files put the shims back in front after them. */
export function writeShellFiles(options: EnvironmentOptions): void {
  const bin = quote(options.bin);
  const front = `case "$PATH" in ${bin}:*) ;; *) PATH=${bin}:"$PATH" ;; esac`;
  const user = options.inherited['BASH_ENV'];
  const write = (name: string, lines: readonly string[]): void => writeFileSync(join(options.runtime, name), `${lines.join('\n')}\n`, { mode: 0o600 });
  write('bash-env', [...(user === undefined ? [] : [`[ -r ${quote(user)} ] && . ${quote(user)}`]), front]);
  write('bashrc', ['[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc', '[ -r ~/.bashrc ] && . ~/.bashrc', front]);
  mkdirSync(join(options.runtime, 'zsh'), { mode: 0o700 });
  const zdotdir = options.inherited['ZDOTDIR'];
  write(join('zsh', '.zshenv'), [
    zdotdir === undefined ? 'unset ZDOTDIR' : `ZDOTDIR=${quote(zdotdir)}`,
    `[ -r "\${ZDOTDIR:-$HOME}/.zshenv" ] && . "\${ZDOTDIR:-$HOME}/.zshenv"`,
    `_patchwork_front() { ${front} }`,
    '_patchwork_front',
    'typeset -ga precmd_functions; precmd_functions+=(_patchwork_front)',
  ]);
}

/** Words and variables with which an interactive shell reads its own start-up files and ends with the shims in front. */
export function shellStart(profile: AgentProfile, args: readonly string[], runtime: string): { readonly args: readonly string[]; readonly variables: NodeJS.ProcessEnv } {
  const isPlain = args.every((arg) => arg === '-i');
  if (profile.name === 'bash' && isPlain) return { args: ['--rcfile', join(runtime, 'bashrc'), ...args], variables: {} };
  if (profile.name === 'zsh') return { args, variables: { ZDOTDIR: join(runtime, 'zsh') } };
  return { args, variables: {} };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
