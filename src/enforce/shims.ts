/** Fills the session's shim folder: one hard link to the launcher for every command name on PATH that is asked about, kept up as programs come. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, type FSWatcher, linkSync, readdirSync, rmdirSync, rmSync, statSync, unlinkSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import { nativeProgram } from '../model/native.ts';
import { isExecutable } from '../resolve/executable.ts';
import { realPath } from '../resolve/paths.ts';

/** Milliseconds after which programs that come are watched for, where the kernel guard judges them without a shim as well. */
const WATCH_AFTER_MS = 100;
/** Times of folders are that coarse (before Linux 6.13). */
const TICK_MS = 20;

export interface Shims {
  /** Names in the folder, once it is full. */
  readonly count: Promise<number>;
  /** The last to be closed: the folder and the runtime folder around it go shortly after. */
  close(): void;
}

/**
 * Begins at once and goes on beside the rest of the start; `count` must be awaited before the agent runs. `isAsked` says which
 * names need a shim where not all do: the kernel guard lets the others start by itself. names that are `spared` have none, but for those in `names`.
 * Throws PW_NATIVE_MISSING when the launcher was not built.
 */
export function installShims(runtime: string, bin: string, folders: readonly string[], names: readonly string[], isAsked?: (name: string) => boolean, spared: (name: string) => boolean = () => false): Shims {
  const farm = nativeProgram('farm');
  const launcher = join(runtime, 'launch');
  copyFileSync(nativeProgram('launch'), launcher);
  // By that name it asks about a typed line (shims/line.h).
  linkSync(launcher, join(runtime, 'line'));
  // Commands that a rule denies are asked about even where they are not installed: so the reason is said, and logged.
  for (const name of names) linkQuietly(launcher, join(bin, name));
  const isWanted = (name: string): boolean => !spared(name) && (isAsked === undefined || isAsked(name));
  // Several names of one folder (`/bin` is `/usr/bin`) hold the same programs.
  const real = [...new Set(folders.map(realPath))];
  const watchers: FSWatcher[] = [];
  const watchAll = (): void => void watchers.push(...real.flatMap((folder) => watchFolder(folder, launcher, bin, isWanted)));
  const some = isAsked === undefined ? undefined : fillSome(bin, launcher, real, isWanted);
  const watchLate = (filled: Filled): void => {
    watchAll();
    // What came in between.
    fillSome(bin, launcher, real.filter((folder) => isChanged(folder, filled)), isWanted);
  };
  if (some === undefined) watchAll();
  const timer = some === undefined ? undefined : setTimeout(() => watchLate(some), WATCH_AFTER_MS).unref();
  const count = (some === undefined ? fill(farm, bin, launcher, folders) : Promise.resolve(some.count)).then((each) => {
    const unwanted = some === undefined ? namesIn(bin).filter((name) => spared(name) && !names.includes(name)) : [];
    for (const name of unwanted) unlinkQuietly(join(bin, name));
    return each + names.length - unwanted.length;
  });
  // When the start fails elsewhere first, nobody is left to hear that this failed as well.
  count.catch(() => {});
  return {
    count,
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      // A few go at once; nobody waits for a thousand: they go beside our own end, unless a session around this one would end what is left of us.
      if (isAsked !== undefined || process.env['PATCHWORK_SESSION'] !== undefined) clear(bin);
      else spawn(farm, ['clear', bin], { stdio: 'ignore', detached: true }).on('error', () => {}).unref();
    },
  };
}

function fill(farm: string, bin: string, launcher: string, folders: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(farm, ['fill', bin, launcher, ...folders], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Number(output));
      else reject(new PatchworkError('PW_RUNTIME_FOLDER', `the shim folder ${bin} cannot be filled: ${output.trim()}`, { hint: 'check the free space and inodes of its disk' }));
    });
  });
}

interface Filled {
  readonly count: number;
  /** Times of the folders as they were read, and when that was. */
  readonly times: ReadonlyMap<string, number>;
  readonly at: number;
}

function fillSome(bin: string, launcher: string, folders: readonly string[], isAsked: (name: string) => boolean): Filled {
  const at = Date.now();
  const times = new Map(folders.map((folder) => [folder, timeOf(folder)]));
  const names = new Set<string>();
  for (const folder of folders) for (const name of namesIn(folder)) if (isAsked(name) && !names.has(name) && isExecutable(join(folder, name))) names.add(name);
  for (const name of names) linkQuietly(launcher, join(bin, name));
  return { count: names.size, times, at };
}

/** Errs towards yes: a folder that was changed just before it was read may have been changed once more at the same time. */
function isChanged(folder: string, { times, at }: Filled): boolean {
  const time = timeOf(folder);
  return time !== times.get(folder) || time > at - TICK_MS;
}

/** 0 for one that is not there. */
function timeOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return 0;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Folders of PATH that are not there lead nowhere.
    return [];
  }
}

/** Programs that are installed while the session runs get their shim as they appear. */
function watchFolder(folder: string, launcher: string, bin: string, isAsked: (name: string) => boolean): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || !isAsked(name) || existsSync(join(bin, name)) || !isExecutable(join(folder, name))) return;
      linkQuietly(launcher, join(bin, name));
    });
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    // Not there, or no inotify watches left: what is installed there later is not shimmed (docs/bypasses.md).
    return [];
  }
}

/** And the runtime folder around it, which is empty but for it by now. */
function clear(bin: string): void {
  try {
    for (const name of namesIn(bin)) unlinkQuietly(join(bin, name));
    rmSync(bin, { recursive: true, force: true, maxRetries: 2 });
    rmdirSync(dirname(bin));
  } catch {
    // What somebody else put there, the next start removes.
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // A folder that somebody made there.
  }
}

function linkQuietly(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Somebody was quicker, or the session is ending: there is nothing to protect any more.
  }
}
