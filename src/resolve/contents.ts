/** What lies in a folder that is about to be moved. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Entries that are looked at; a larger folder counts as if it held what is looked for. */
const ENTRIES_LIMIT = 50_000;

/** Whether a path below `folder`, relative to it, passes the test. What cannot be looked into counts as if one did. */
export function isAnyBelow(folder: string, test: (relative: string) => boolean): boolean {
  const waiting = [''];
  let left = ENTRIES_LIMIT;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    try {
      for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
        const name = at === '' ? entry.name : `${at}/${entry.name}`;
        if (--left < 0 || test(name)) return true;
        if (entry.isDirectory()) waiting.push(name);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return true;
    }
  }
  return false;
}
