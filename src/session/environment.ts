/** The agent's environment: shims in front, preload in Node, nothing secret. */
import { join } from 'node:path';

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
    // zsh writes here-documents there, and else to /tmp (zshparam(1)).
    TMPPREFIX: inherited['TMPPREFIX'] ?? join(options.temporary, 'zsh'),
    ...(/\/(?:bash|zsh)$/.test(inherited['SHELL'] ?? '') ? { SHELL: join(bin, (inherited['SHELL'] ?? '').replace(/.*\//, '')) } : {}),
    BASH_ENV: join(options.runtime, 'bash-env'),
    PATCHWORK: '1',
    PATCHWORK_SESSION: options.id,
  };
}

/** The relay as a proxy, with the session's secret. Both spellings: curl reads HTTP_PROXY in lower case alone. This machine itself is reached directly. */
export function proxyVariables(proxy: string): NodeJS.ProcessEnv {
  const values = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: 'localhost,127.0.0.1,::1' };
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => [[name, value], [name.toLowerCase(), value]]));
}
