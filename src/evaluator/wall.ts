/** Outside of which folders nothing is ever written under fail-closed: the kernel is told so before the agent starts (native/wall.c). */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Evaluator } from './evaluator.ts';

/** Empty where no such wall can stand: something is allowed to write anywhere. */
export function wallFolders({ policies, places }: Pick<Evaluator, 'policies' | 'places'>): readonly string[] {
  const closed = policies.filter(({ policy }) => policy.mode === 'fail-closed');
  if (closed.length === 0) return [];
  const allowed = closed.flatMap(({ files }) => files.allow.map(({ rule }) => fixedFolder(rule.pattern, places)));
  const folders = [...places.workFolders(), ...allowed].map(nearestThere);
  return folders.includes('/') ? [] : [...new Set(folders)];
}

/** What of a pattern's path stands before its first wildcard. */
function fixedFolder(pattern: string, { project, home }: Evaluator['places']): string {
  if (pattern.startsWith('**')) return '/';
  const wildcard = pattern.search(/[*?[{(!+@\\]/);
  const fixed = wildcard < 0 ? pattern : pattern.slice(0, wildcard);
  const folder = wildcard < 0 ? fixed : fixed.slice(0, fixed.lastIndexOf('/') + 1);
  return folder === '~' || folder.startsWith('~/') ? join(home, folder.slice(1)) : resolve(project, folder);
}

/** A folder that is not there yet is made in the one above. */
function nearestThere(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestThere(dirname(folder));
}
