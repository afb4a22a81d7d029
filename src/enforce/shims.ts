/** Fills the session's shim folder: one hard link to the launcher for every command name on PATH that is asked about, kept up as programs come. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, type FSWatcher, linkSync, readdirSync, rmdirSync, rmSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import { nativeProgram } from '../model/native.ts';
import { isExecutable } from '../resolve/executable.ts';
import { realPath } from '../resolve/paths.ts';

export interface Shims {
  /** Names in the folder, once it is full. */
  readonly count: Promise<number>;
  /** The last to be closed: the folder and the runtime folder around it go shortly after. */
  close(): void;
}

/**
 * Begins at once and goes on beside the rest of the start; `count` must be awaited before the agent runs. `isAsked` says which
 * names need a shim where not all do: the kernel guard lets the others start by itself. `spared` names have none, but for those in `names`.
 * Throws PW_NATIVE_MISSING when the launcher was not built.
 */
export function installShims(runtime: string, bin: string, folders: readonly string[], names: readonly string[], isAsked?: (name: string) => boolean, spared: ReadonlySet<string> = new Set()): Shims {
  const farm = nativeProgram('farm');
  const launcher = join(runtime, 'launch');
  copyFileSync(nativeProgram('launch'), launcher);
  // By that name it asks about a typed line (shims/line.h).
  linkSync(launcher, join(runtime, 'line'));
  // Commands that a rule denies are asked about even where they are not installed: so the reason is said, and logged.
  for (const name of names) linkQuietly(launcher, join(bin, name));
  const isWanted = (name: string): boolean => !spared.has(name) && (isAsked === undefined || isAsked(name));
  const count = (isAsked === undefined ? fill(farm, bin, launcher, folders) : Promise.resolve(fillSome(bin, launcher, folders, isWanted))).then((each) => {
    for (const name of spared) if (!names.includes(name)) rmSync(join(bin, name), { force: true });
    return each + names.length;
  });
  // When the start fails elsewhere first, nobody is left to hear that this failed as well.
  count.catch(() => {});
  const watchers = [...new Set(folders)].flatMap((folder) => watchFolder(folder, launcher, bin, isWanted));
  return {
    count,
    close: () => {
      for (const watcher of watchers) watcher.close();
      // A few go at once; nobody waits for a thousand: they go beside our own end.
      if (isAsked !== undefined) clear(bin);
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

function fillSome(bin: string, launcher: string, folders: readonly string[], isAsked: (name: string) => boolean): number {
  // Several names of one folder (`/bin` is `/usr/bin`) hold the same programs.
  const found = [...new Set(folders.map(realPath))].flatMap((folder) => namesIn(folder).filter((name) => isAsked(name) && isExecutable(join(folder, name))));
  const names = new Set(found);
  for (const name of names) linkQuietly(launcher, join(bin, name));
  return names.size;
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
    rmSync(bin, { recursive: true, force: true, maxRetries: 2 });
    rmdirSync(dirname(bin));
  } catch {
    // What somebody else put there, the next start removes.
  }
}

function linkQuietly(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Somebody was quicker, or the session is ending: there is nothing to protect any more.
  }
}
