/** Fills the session's shim folder: one hard link to the launcher for every command name on PATH, kept up as programs come. */
import { accessSync, constants, copyFileSync, existsSync, type FSWatcher, linkSync, readdirSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PatchworkError } from '../model/errors.ts';

/** Built at install: shims/build.mjs. This file is dist/src/enforce/shims.js. */
const LAUNCHER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shims', 'out', 'launch');

/** Names on one PATH beyond which something is wrong with it. */
const NAMES_LIMIT = 20_000;

export interface Shims {
  readonly count: number;
  close(): void;
}

/** Throws PW_NATIVE_MISSING when the launcher was not built. */
export function installShims(runtime: string, bin: string, folders: readonly string[]): Shims {
  if (!existsSync(LAUNCHER)) throw new PatchworkError('PW_NATIVE_MISSING', `the launcher ${LAUNCHER} is missing`, { hint: 'run `npm install` in the folder of patchwork; it compiles it' });
  const launcher = join(runtime, 'launch');
  copyFileSync(LAUNCHER, launcher);
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name) || names.size >= NAMES_LIMIT) return;
    names.add(name);
    try {
      linkSync(launcher, join(bin, name));
    } catch (error) {
      // Links of one file are limited on some file systems; a copy does the same.
      if ((error as NodeJS.ErrnoException).code === 'EMLINK') copyFileSync(launcher, join(bin, name));
    }
  };
  const watchers: FSWatcher[] = [];
  for (const folder of new Set(folders)) {
    for (const name of listCommands(folder)) add(name);
    const watcher = watchFolder(folder, (name) => {
      if (isExecutable(join(folder, name))) add(name);
    });
    if (watcher !== undefined) watchers.push(watcher);
  }
  return {
    count: names.size,
    close: () => {
      for (const watcher of watchers) watcher.close();
    },
  };
}

function listCommands(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && isExecutable(join(folder, entry.name)))
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Programs that are installed while the session runs get their shim as they appear. */
function watchFolder(folder: string, onName: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name !== null) onName(name);
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // No inotify watches left: what is installed later is not shimmed (docs/bypasses.md).
    return undefined;
  }
}
