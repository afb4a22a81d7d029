/** The program that a spawn would execute, found as execvp(3) finds it, and how it is reached so that it is asked for itself. */
import { accessSync, constants, includes, indexOf, resolve, slice, split, startsWith, statSync, toText } from './originals.cts';
import { mode } from './mode.cts';
import { SENT_PREFIXES } from '../model/variables.cts';
import { LAUNCHER, REGISTER, SHIMS } from './runtime.cts';

interface Program {
  /** Absolute path of the file. */
  readonly path: string;
  /** `device:inode`. */
  readonly file: string;
  /** The child's PATH leads to a shim, which will ask with the real pid. */
  readonly isShimmed: boolean;
}

/** What the C library searches when there is no PATH. */
const STANDARD_PATH = '/bin:/usr/bin';

/** Undefined when there is nothing to execute: the caller goes on and Node reports it. */
export function findProgram(name: string, cwd: string, env: readonly string[]): Program | undefined {
  if (includes(name, '/')) {
    const path = resolve(cwd, name);
    // A shim by its full path: what it stands for is judged, and it asks again itself.
    if (startsWith(path, `${SHIMS}/`)) return findOnPath(slice(path, SHIMS.length + 1), cwd, env, true);
    return executable(path, false);
  }
  return findOnPath(name, cwd, env, false);
}

function findOnPath(name: string, cwd: string, env: readonly string[], viaShim: boolean): Program | undefined {
  const folders = split(variable(env, 'PATH') ?? STANDARD_PATH, ':');
  let isShimmed = viaShim;
  for (let i = 0; i < folders.length; i++) {
    const folder = resolve(cwd, folders[i] || '.');
    if (folder === SHIMS) {
      isShimmed ||= executable(`${SHIMS}/${name}`, true) !== undefined;
      continue;
    }
    const found = executable(`${folder === '/' ? '' : folder}/${name}`, isShimmed);
    if (found !== undefined) return found;
  }
  return undefined;
}

function executable(path: string, isShimmed: boolean): Program | undefined {
  try {
    accessSync(path, constants.X_OK);
    const status = statSync(path, { bigint: true });
    return status.isFile() ? { path, file: `${status.dev}:${status.ino}`, isShimmed } : undefined;
  } catch {
    return undefined;
  }
}

export function hasLauncher(): boolean {
  return executable(LAUNCHER, false) !== undefined;
}

/** Variables that change what runs, as far as they are set (the launcher sends the same); PATH because nobody else looks. */
export function judgedVariables(env: readonly string[]): string[] {
  const judged: string[] = [];
  const path = variable(env, 'PATH');
  if (path !== undefined) judged[0] = `PATH=${path}`;
  for (let i = 0; i < env.length; i++) {
    const entry = env[i] as string;
    for (let j = 0; j < SENT_PREFIXES.length; j++) {
      if (!startsWith(entry, SENT_PREFIXES[j] as string)) continue;
      judged[judged.length] = entry;
      break;
    }
  }
  return judged;
}

/** `NAME=value` of every variable as Node would hand it on: inherited properties count, undefined ones do not. */
export function environmentPairs(env: object): string[] {
  const pairs: string[] = [];
  for (const name in env) {
    const value = (env as Record<string, unknown>)[name];
    if (value !== undefined) pairs[pairs.length] = `${name}=${toText(value)}`;
  }
  return pairs;
}

/** The same as an object for those functions that want one. */
export function environmentObject(pairs: readonly string[]): object {
  const env: Record<string, string> = { __proto__: null } as never;
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i] as string;
    const end = indexOf(pair, '=');
    env[slice(pair, 0, end)] = slice(pair, end + 1);
  }
  return env;
}

/** The child's environment with our preload in it, and the program for the launcher where it goes through that. */
export function childEnvironment(env: readonly string[], launched: string | undefined): string[] {
  const pairs: string[] = [];
  let hasOptions = false;
  let outer: string | undefined;
  let further = '';
  for (let i = 0; i < env.length; i++) {
    const pair = env[i] as string;
    // Under the guard nobody is launched by us, so that what another session's preload named stays.
    if (!mode.isGuarded && startsWith(pair, 'PATCHWORK_EXEC=')) {
      outer = slice(pair, 15);
      continue;
    }
    if (!mode.isGuarded && startsWith(pair, 'PATCHWORK_EXEC_NEXT=')) {
      further = `\n${slice(pair, 20)}`;
      continue;
    }
    const isOptions = startsWith(pair, 'NODE_OPTIONS=');
    hasOptions ||= isOptions;
    pairs[pairs.length] = isOptions ? `NODE_OPTIONS=${nodeOptions(slice(pair, 13))}` : pair;
  }
  if (!hasOptions) pairs[pairs.length] = `NODE_OPTIONS=${nodeOptions(undefined)}`;
  if (launched !== undefined) pairs[pairs.length] = `PATCHWORK_EXEC=${launched}`;
  // A session inside a session: the other's preload has named its launcher already, which needs its own program after us.
  if (launched !== undefined && outer !== undefined && slice(launched, -7) === '/launch') pairs[pairs.length] = `PATCHWORK_EXEC_NEXT=${outer}${further}`;
  return pairs;
}

// NODE_OPTIONS is split at blanks; a word with one stands in double quotes (node(1)).
const QUOTED = /[\s"\\]/.test(REGISTER) ? JSON.stringify(REGISTER) : REGISTER;
const REQUIRE_OPTION = `--require=${QUOTED}`;

/** Ours first, so that it sees the built-ins before any other preload does. */
export function nodeOptions(given: string | undefined): string {
  if (given === undefined || given === '') return REQUIRE_OPTION;
  const words = ` ${given} `;
  const isThere = includes(words, ` ${REQUIRE_OPTION} `) || includes(words, ` --require ${QUOTED} `);
  return isThere ? given : `${REQUIRE_OPTION} ${given}`;
}

function variable(env: readonly string[], name: string): string | undefined {
  const start = `${name}=`;
  // The first counts: that is what getenv(3) finds.
  for (let i = 0; i < env.length; i++) {
    const pair = env[i] as string;
    if (startsWith(pair, start)) return slice(pair, start.length);
  }
  return undefined;
}
