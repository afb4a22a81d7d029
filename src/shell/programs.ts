/** What can be said of a command by its program alone. */
import type { Word } from '../model/command-line.ts';
import { SHELL_NESTING_LIMIT } from '../model/limits.ts';
import { SHELLS, type Unwrapped, wrapperFor } from './wrappers.ts';

/** A substitution where a command stands: what it puts out is run. */
export const OUTPUT_AS_COMMAND = /(?:^|[;&|({\n]|\b(?:then|do|else)\s)[ \t]*"?(?:\$\(|`)/;

export function isUnknownProgram(word: Word): boolean {
  return word.isDynamic || /[*?[]/.test(word.text.replace(/^(\[\[?|\?)$/, ''));
}

export function endsInShell(unwrapped: Unwrapped | undefined, depth = 0): boolean {
  if (depth > SHELL_NESTING_LIMIT) return false;
  const [inner] = unwrapped?.inner ?? [];
  if (inner?.kind !== 'words') return false;
  const [program, ...args] = inner.words;
  const name = program?.text.slice(program.text.lastIndexOf('/') + 1) ?? '';
  const next = wrapperFor(name)?.(args);
  return next?.standing === 'transparent' && (SHELLS.has(name) || endsInShell(next, depth + 1));
}
