/** Text that an agent may have written: shown as text, and nothing in it invisible or able to reorder what stands beside it. */
import type { JSX } from 'preact';

/** Control, format (bidi, zero-width, tags), private and unassigned characters, lone surrogates, blanks other than the blank. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e', '\u0000': '\\0' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return SHORT[character] ?? (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`);
}

/** For names of elements, where there is no markup. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** `bdi` keeps letters that run from right to left from moving what stands beside them. */
export function Text({ value, limit = 4000 }: { value: string; limit?: number }): JSX.Element {
  const text = value.length > limit ? `${value.slice(0, limit)}…` : value;
  const parts: (string | JSX.Element)[] = [];
  let at = 0;
  for (const match of text.matchAll(UNSAFE)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    parts.push(<span class="escape" title={`character U+${(match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`}>{escaped(match[0])}</span>);
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return <bdi>{parts}</bdi>;
}
