/** What a dynamic loader is about to run: the file that it opens, with the words behind its own (ld.so(8)). */
import { isExecutable } from '../resolve/executable.ts';
import { commandLineOf } from './lineage.ts';

const LIBRARY = /\.so(?:\.[\d.]+)?$/;
const WITH_VALUE = /^--(?:library-path|preload|audit|argv0|inhibit-rpath|glibc-hwcaps-prepend|glibc-hwcaps-mask)$/;

/** Undefined for a library, or what is no program. */
export function loadedCommand(pid: number, file: string): readonly string[] | undefined {
  if (LIBRARY.test(file) || !isExecutable(file)) return undefined;
  const [, ...words] = commandLineOf(pid);
  let at = 0;
  while (words[at]?.startsWith('--') === true) at += WITH_VALUE.test(words[at] ?? '') ? 2 : 1;
  return [file, ...words.slice(at + 1)];
}
