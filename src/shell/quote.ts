/** Words as a person would type them. For showing only, never for deciding. The only import of shell-quote. */
import { parse, quote } from 'shell-quote';

export function quoteWords(words: readonly string[]): string {
  return quote(words.map((word) => word.replaceAll('\0', '')));
}

/** Splits a configured command line (`EDITOR="code --wait"`); operators and variables are kept as text. */
export function splitWords(text: string): string[] {
  return parse(text, (name) => `$${name}`).map((token) => (typeof token === 'string' ? token : 'op' in token ? token.op : ''));
}
