/** Where an agent's own program lies, and which hosts its environment names. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDestination } from '../resolve/destination.ts';
import { realPath } from '../resolve/paths.ts';
import type { AgentProfile } from './profiles.ts';

/** Folder of the package that the program belongs to; for a program outside any package nothing. */
export function installationOf(program: string, profile: AgentProfile): string[] {
  if (profile.kind === 'shell' || profile.kind === 'program') return [];
  const real = realPath(program);
  for (let at = dirname(real); at !== dirname(at); at = dirname(at)) {
    const manifest = join(at, 'package.json');
    if (!existsSync(manifest) || !at.includes('/node_modules/')) continue;
    const name = packageName(manifest);
    if (name === undefined) continue;
    // Packages that come with it (platform binaries, dependencies) lie beside it when it has a tree of its own.
    const tree = at.slice(0, at.indexOf('/node_modules/') + '/node_modules'.length);
    return profile.packages?.includes(name) ? [at, ...(isPrivateTree(tree, name) ? [tree] : [])] : [at];
  }
  return [real];
}

function packageName(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** A global or dedicated install: the folder above `node_modules` is no project that depends on more than the agent. */
function isPrivateTree(tree: string, name: string): boolean {
  const manifest = join(dirname(tree), 'package.json');
  if (!existsSync(manifest)) return true;
  try {
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies?: Record<string, string> };
    return Object.keys(dependencies).every((each) => each === name);
  } catch {
    return false;
  }
}

/** The profile's hosts and those that the environment names instead, in normal form. */
export function agentHosts(profile: AgentProfile, environment: NodeJS.ProcessEnv, more: readonly string[]): string[] {
  const hosts = [...profile.hosts];
  for (const variable of profile.hostVariables ?? []) {
    const text = environment[variable] ?? '';
    const destination = text === '' ? undefined : parseDestination(text);
    if (destination !== undefined) hosts.push(hostAndPort(destination));
  }
  return [...new Set([...hosts, ...more])];
}

function hostAndPort({ host, port }: { host: string; port: number | undefined }): string {
  return port === undefined || port === 443 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
