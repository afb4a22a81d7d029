/** Which argument of which file function is a path, and what the function does to it. */

import type { FileAction } from './file-questions.cts';
import { constants, hasOwn } from './originals.cts';

/** `flags`: read or write, by the flags of the call. */
interface PathUse {
  readonly at: 0 | 1;
  readonly action: FileAction | 'flags';
}

export interface FileRow {
  readonly syscall: string;
  readonly uses: readonly PathUse[];
  /** Where flags stand: an argument of its own, or `flag` in the options at that place; and what they are by default. */
  readonly flags?: { readonly at: 1 | 2; readonly inOptions: boolean; readonly standard: string };
  /** Acts on a whole tree: judged entry by entry. */
  readonly tree?: 'copy' | 'remove';
}

const READ: readonly PathUse[] = [{ at: 0, action: 'file_read' }];
const WRITE: readonly PathUse[] = [{ at: 0, action: 'file_write' }];
const DELETE: readonly PathUse[] = [{ at: 0, action: 'file_delete' }];
const BY_FLAGS: readonly PathUse[] = [{ at: 0, action: 'flags' }];
const COPY: readonly PathUse[] = [
  { at: 0, action: 'file_read' },
  { at: 1, action: 'file_write' },
];

/** One row stands for `name`, `nameSync` and `promises.name`. Descriptors, stat, access, realpath and watch are not judged. */
export const FILE_ROWS: Readonly<Record<string, FileRow>> = {
  open: { syscall: 'open', uses: BY_FLAGS, flags: { at: 1, inOptions: false, standard: 'r' } },
  readFile: { syscall: 'open', uses: BY_FLAGS, flags: { at: 1, inOptions: true, standard: 'r' } },
  writeFile: { syscall: 'open', uses: BY_FLAGS, flags: { at: 2, inOptions: true, standard: 'w' } },
  appendFile: { syscall: 'open', uses: BY_FLAGS, flags: { at: 2, inOptions: true, standard: 'a' } },
  openAsBlob: { syscall: 'open', uses: READ },
  readdir: { syscall: 'scandir', uses: READ },
  opendir: { syscall: 'opendir', uses: READ },
  truncate: { syscall: 'open', uses: WRITE },
  mkdir: { syscall: 'mkdir', uses: WRITE },
  mkdtemp: { syscall: 'mkdtemp', uses: WRITE },
  mkdtempDisposable: { syscall: 'mkdtemp', uses: WRITE },
  chmod: { syscall: 'chmod', uses: WRITE },
  lchmod: { syscall: 'lchmod', uses: WRITE },
  chown: { syscall: 'chown', uses: WRITE },
  lchown: { syscall: 'lchown', uses: WRITE },
  utimes: { syscall: 'utime', uses: WRITE },
  lutimes: { syscall: 'lutime', uses: WRITE },
  unlink: { syscall: 'unlink', uses: DELETE },
  rmdir: { syscall: 'rmdir', uses: DELETE, tree: 'remove' },
  rm: { syscall: 'rm', uses: DELETE, tree: 'remove' },
  rename: {
    syscall: 'rename',
    uses: [
      { at: 0, action: 'file_delete' },
      { at: 1, action: 'file_write' },
    ],
  },
  link: { syscall: 'link', uses: COPY },
  // The target of a symbolic link is text; it is judged when somebody goes through it.
  symlink: { syscall: 'symlink', uses: [{ at: 1, action: 'file_write' }] },
  copyFile: { syscall: 'copyfile', uses: COPY },
  cp: { syscall: 'cp', uses: COPY, tree: 'copy' },
};

/** Node's flag words. Those with `x` make a new file, those with `w` an empty one: there is nothing in it to read. */
const FLAG_WORDS: Readonly<Record<string, readonly FileAction[]>> = {
  r: ['file_read'],
  rs: ['file_read'],
  sr: ['file_read'],
  'r+': ['file_write', 'file_read'],
  'rs+': ['file_write', 'file_read'],
  'sr+': ['file_write', 'file_read'],
  'a+': ['file_write', 'file_read'],
  'as+': ['file_write', 'file_read'],
  'sa+': ['file_write', 'file_read'],
};
const WRITE_WORDS = ['w', 'wx', 'xw', 'w+', 'wx+', 'xw+', 'a', 'ax', 'xa', 'as', 'sa', 'ax+', 'xa+'] as const;

/** Undefined when these are no flags: Node reports that. */
export function actionsOfFlags(flags: unknown): readonly FileAction[] | undefined {
  if (typeof flags === 'number') return actionsOfBits(flags);
  if (typeof flags !== 'string') return undefined;
  if (hasOwn(FLAG_WORDS, flags)) return FLAG_WORDS[flags];
  for (let i = 0; i < WRITE_WORDS.length; i++) if (WRITE_WORDS[i] === flags) return ['file_write'];
  return undefined;
}

function actionsOfBits(bits: number): readonly FileAction[] {
  const { O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_EXCL } = constants;
  const mode = bits & 3;
  if (mode === 0 && (bits & (O_CREAT | O_TRUNC | O_APPEND)) === 0) return ['file_read'];
  const isNew = (bits & O_TRUNC) !== 0 || ((bits & O_CREAT) !== 0 && (bits & O_EXCL) !== 0);
  const reads = (mode === 0 || mode === O_RDWR) && !isNew;
  return reads ? ['file_write', 'file_read'] : ['file_write'];
}
