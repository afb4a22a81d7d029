/** Where an agent's own program lies, and which hosts its environment names. */
import { existsSync, readFileSync, statSync } from 'node:fs';
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

/** Addresses of models in settings and options: `base_url = "http://…"`, `"baseUrl": "…"`, `apiBase: …`. */
const MODEL_URL = /(?:base[_-]?url|api[_-]?base)["']?\s*[:=]\s*["']?(https?:\/\/[^\s"',}]+)/gi;
const SETTINGS_BYTES_LIMIT = 1024 * 1024;

export interface AgentWords {
  readonly environment: NodeJS.ProcessEnv;
  /** The agent's own arguments. */
  readonly args: readonly string[];
  readonly home: string;
}

/**
 * The profile's hosts, and those that the user names instead by variables, options or settings. Settings lie in the agent's own state,
 * which it may write: from there only servers of this machine count.
 */
export function agentHosts(profile: AgentProfile, { environment, args, home }: AgentWords, more: readonly string[]): string[] {
  const variables = (profile.hostVariables ?? []).map((variable) => environment[variable] ?? '');
  const options = profile.kind === 'shell' ? [] : args.flatMap(modelUrls);
  const settings = (profile.hostFiles ?? []).flatMap((file) => modelUrls(readSettings(join(home, file)))).filter((url) => /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/.test(url));
  const named = [...variables, ...options, ...settings].flatMap((text) => (text === '' ? [] : (parseDestination(text) ?? []))).map(hostAndPort);
  return [...new Set([...profile.hosts, ...named, ...more])];
}

function modelUrls(text: string): string[] {
  return [...text.matchAll(MODEL_URL)].map(([, url]) => url ?? '');
}

function readSettings(file: string): string {
  try {
    return statSync(file).size > SETTINGS_BYTES_LIMIT ? '' : readFileSync(file, 'utf8');
  } catch {
    // Most agents have most of these not.
    return '';
  }
}

function hostAndPort({ host, port }: { host: string; port: number | undefined }): string {
  return port === undefined || port === 443 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
