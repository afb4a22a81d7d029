/** Functions that act on whole trees: every entry is judged, wherever Node does the walking. */
import { type Denial, denialError } from './deny.cts';
import { type Asked, countAsUnderway, judgeCall } from './file-calls.cts';
import { judgePath } from './file-questions.cts';
import { FILE_ROWS, type FileRow } from './file-rows.cts';
import { apply, includes, join, readdirSync, toText } from './originals.cts';
import type { Callable } from './wrap.cts';

/** Newer versions remove a tree in C++, where no function of ours is met. */
export function removesNatively(original: Callable): boolean {
  return includes(toText(original), 'binding.rmSync');
}

/** Options copied once; undefined when the call is not recursive. */
export function fixOptions(args: unknown[], at: number): { recursive?: unknown } | undefined {
  const given = args[at];
  if (typeof given !== 'object' || given === null) return undefined;
  const fixed: { recursive?: unknown } = { ...given };
  args[at] = fixed;
  return fixed;
}

/** Judges the removal of everything below a folder, before any of it is gone. */
export function judgeTree(folder: string): Denial | undefined {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // No folder, or not readable: the removal itself will say so.
    return undefined;
  }
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as import('node:fs').Dirent;
    const path = join(folder, entry.name);
    const denied = judgePath('file_delete', path);
    if (denied !== undefined) return denialError(denied, { action: 'file_delete', syscall: 'rm', path });
    const below = entry.isDirectory() ? judgeTree(path) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

type Filter = (this: unknown, source: unknown, destination: unknown) => unknown;

/**
 * `cp` asks its filter before each entry it copies; given one, newer versions also leave their C++ walk. So the filter
 * judges, and stops the copy by throwing.
 */
export function judgeInFilter(args: unknown[], mode: 'sync' | 'async'): void {
  const given = args[2];
  const isOptions = typeof given === 'object' && given !== null;
  if (!isOptions && given !== undefined && typeof given !== 'function') return;
  const options: { filter?: unknown } = isOptions ? { ...given } : {};
  const { filter } = options;
  if (filter !== undefined && typeof filter !== 'function') return;
  options.filter = mode === 'sync' ? filterSync(filter as Filter | undefined) : filterAsync(filter as Filter | undefined);
  if (typeof given === 'function') args[3] = given;
  args[2] = options;
}

function filterSync(filter: Filter | undefined): Filter {
  return function (this: unknown, source, destination) {
    const wanted = filter === undefined ? true : apply(filter, this, [source, destination]);
    // A promise is an error that Node reports itself.
    if (wanted && typeof wanted !== 'object') countAsUnderway(judgeEntry(source, destination));
    return wanted;
  };
}

function filterAsync(filter: Filter | undefined): Filter {
  return async function (this: unknown, source, destination) {
    const wanted = filter === undefined ? true : await apply(filter, this, [source, destination]);
    if (wanted) judgeEntry(source, destination);
    return wanted;
  };
}

function judgeEntry(source: unknown, destination: unknown): readonly Asked[] {
  const call = judgeCall(FILE_ROWS['cp'] as FileRow, [source, destination]);
  if (call.denial !== undefined) throw call.denial;
  return call.asked;
}
