/** Which variables of a process change what runs, compared with those that the session itself set out with. */
import { harmlessGitSettings } from './git-variables.ts';
import { loadsCode } from '../shell/node-options.ts';
import { changesWhatRuns } from '../shell/variables.ts';

/** What they lead to is compared file by file, or read when it matters (git-settings.ts); tools set them for what they start. */
const BY_FILE = new Set(['PATH', 'HOME', 'XDG_CONFIG_HOME']);
/** Empty, they name no file to read. */
const FILES_OF_SHELLS = new Set(['BASH_ENV', 'ENV']);
/** `environment` as `NAME=value`; `initial` is the agent's own at its start. */
export function changedVariables(environment: readonly string[], initial: Readonly<Record<string, string | undefined>>, ownPreload: string): string[] {
  const changed: string[] = [];
  const harmless = harmlessGitSettings(environment);
  for (const entry of environment) {
    const at = entry.indexOf('=');
    const name = entry.slice(0, at);
    const value = entry.slice(at + 1);
    if (BY_FILE.has(name) || value === (initial[name] ?? '')) continue;
    if (harmless.has(name) || (value === '' && FILES_OF_SHELLS.has(name))) continue;
    if (name === 'NODE_OPTIONS') {
      if (value.replaceAll(ownPreload, '').replace((initial[name] ?? '').replace(ownPreload, '').trim(), '').split(/\s+/).some(loadsCode)) changed.push(name);
    } else if (changesWhatRuns(name, value)) changed.push(name);
  }
  return changed;
}
