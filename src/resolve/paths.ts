/** From a path as it was asked for to what it is on disk (the policy information point for files). */
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileAction, FileRequest } from '../model/request.ts';
import type { TouchAccess } from '../model/command-line.ts';
import { homeFolder } from '../model/home.ts';

/** Links that point to links that do not exist; the kernel's own bound is 40 (path_resolution(7)). */
const LINKS_LIMIT = 40;

/** Absolute with every symbolic link followed as far as the path exists; the rest is kept as it stands. */
export function realPath(absolute: string, links = 0): string {
  const missing: string[] = [];
  for (let at = absolute; ; at = dirname(at)) {
    const stats = lstatQuietly(at);
    if (stats !== undefined) {
      try {
        return join(realpathSync.native(at), ...missing);
      } catch {
        // A dangling link is what it points to: writing through it creates that file.
        const target = stats.isSymbolicLink() && links < LINKS_LIMIT ? danglingTarget(at) : undefined;
        if (target !== undefined) return realPath(join(target, ...missing), links + 1);
      }
    }
    if (at === dirname(at)) return absolute;
    missing.unshift(basename(at));
  }
}

/** Undefined when it is not there, or may not be looked at. */
function lstatQuietly(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function danglingTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined;
  }
}

/** Real paths of folders that were looked up for one decision. */
export type KnownFolders = Map<string, string>;

interface ResolveOptions {
  /** The real path, where an enforcement point holds the object open. */
  readonly known?: string | undefined;
  /** The folder that is to get this name. */
  readonly from?: string | undefined;
  /** What is there by now says nothing of what was there. */
  readonly isDone?: boolean | undefined;
  readonly folders?: KnownFolders;
}

/** `~` is the home only where a shell or a person wrote it; programs pass real paths. */
export function resolveFile(action: FileAction | 'file_write', requested: string, cwd: string, { known, from, isDone, folders = new Map() }: ResolveOptions = {}): FileRequest {
  const absolute = resolve(cwd, requested);
  const { real, kind } = known === undefined ? locate(absolute, action === 'file_delete', folders) : { real: known, kind: isDone === true ? 'file' : kindOf(lstatQuietly(known)) };
  const concrete: FileAction = action === 'file_write' ? (kind === 'missing' ? 'file_create' : 'file_edit') : action;
  return { action: concrete, requested, absolute, real, ...(kind === 'folder' ? { isFolder: true } : {}), ...(kind === 'missing' ? { isMissing: true } : {}), ...(from === undefined ? {} : { from }) };
}

/** Deleting and renaming act on the link itself, not on what it points to. */
function locate(absolute: string, isLinkItself: boolean, folders: KnownFolders): { readonly real: string; readonly kind: Kind } {
  const folder = dirname(absolute);
  const realFolder = folders.get(folder) ?? realPath(folder);
  folders.set(folder, realFolder);
  const beside = join(realFolder, basename(absolute));
  const stats = lstatQuietly(absolute);
  if (stats === undefined || !stats.isSymbolicLink()) return { real: beside, kind: kindOf(stats) };
  const real = isLinkItself ? beside : realPath(absolute);
  return { real, kind: kindOf(statQuietly(real)) };
}

type Kind = 'folder' | 'file' | 'missing';

function kindOf(stats: Stats | undefined): Kind {
  return stats === undefined ? 'missing' : stats.isDirectory() ? 'folder' : 'file';
}

function statQuietly(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

export function actionOf(access: TouchAccess): FileAction | 'file_write' {
  return access === 'read' ? 'file_read' : access === 'write' ? 'file_write' : 'file_delete';
}

export function expandHome(path: string, home: string = homeFolder()): string {
  if (path === '~') return home;
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

/** The nearest folder upwards that holds `.patchwork` or `.git`; the folder itself when none does. The home is no project. */
export function findProjectRoot(cwd: string, home: string = homeFolder()): string {
  const start = realPath(resolve(cwd));
  for (let at = start; ; at = dirname(at)) {
    if (at !== realPath(home) && (exists(join(at, '.patchwork')) || exists(join(at, '.git')))) return at;
    if (at === dirname(at)) return start;
  }
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
