/** Where the line stands after a `cd`. */
import type { Word } from '../model/command-line.ts';
import type { LineBuilder } from './builder.ts';

const TRANSPARENT = new Set(['command', 'builtin', 'time', '!']);

/** `cd DIR && …`: the names that follow are relative to DIR. */
export function changeFolder(words: readonly Word[], builder: LineBuilder): void {
  let at = 0;
  while (TRANSPARENT.has(words[at]?.text ?? '') || (at > 0 && words[at]?.text.startsWith('-'))) at++;
  const [program, ...args] = words.slice(at);
  if (program?.text === 'popd') builder.folder = '?';
  if (program?.text !== 'cd' && program?.text !== 'pushd') return;
  const target = args.find((word) => !/^-[LPe@]+$|^--$/.test(word.text));
  if (target === undefined) builder.folder = program.text === 'cd' ? (builder.outer['HOME'] ?? '?') : '?';
  // CDPATH leads plain names elsewhere; `+1` and `-` are folders of before.
  else if (target.isDynamic || target.text === '-' || /^[+-]\d/.test(target.text) || (!/^[./]/.test(target.text) && builder.hasAssigned('CDPATH'))) builder.folder = '?';
  else builder.folder = target.text.startsWith('/') || builder.folder === undefined ? target.text : `${builder.folder}/${target.text}`;
}
