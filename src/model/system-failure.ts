/** What the system refused, in words: a full disk is no bug of ours, and no stack tells what to do about it. */
import { PatchworkError } from './errors.ts';

const REFUSALS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['no space is left on its disk', 'make room there, or point TMPDIR or HOME elsewhere'],
  EDQUOT: ['the quota of its disk is used up', 'make room there, or point TMPDIR or HOME elsewhere'],
  EROFS: ['its disk is read-only', 'point TMPDIR or HOME at a folder that can be written'],
  EACCES: ['permission denied', 'check its owner and mode, and those of its folder'],
  EPERM: ['not permitted', 'check its owner and mode, and those of its folder'],
  ENOTDIR: ['a part of its path is no folder', 'check the path'],
  EISDIR: ['it is a folder', 'check the path'],
  ELOOP: ['its symbolic links go in a circle', 'check the path'],
  ENAMETOOLONG: ['its path is too long', 'use a shorter one'],
  EIO: ['its disk does not work', 'check the disk'],
  EMFILE: ['too many files are open', 'raise the limit: ulimit -n'],
  ENFILE: ['too many files are open on this machine', 'end what holds them'],
};

/** Undefined for what is none of these: a bug, then. */
export function systemFailure(error: unknown): PatchworkError | undefined {
  const { code = '', syscall, path, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const refusal = REFUSALS[code];
  if (syscall === undefined || refusal === undefined) return undefined;
  const file = dest ?? path;
  if (file === undefined) return new PatchworkError('PW_SYSTEM', `the output could not be written: ${refusal[0]} (${code}, ${syscall})`, { cause: error });
  return new PatchworkError('PW_SYSTEM', `${file}: ${refusal[0]} (${code}, ${syscall})`, { cause: error, hint: refusal[1] });
}
