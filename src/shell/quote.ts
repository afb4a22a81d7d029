/** Words as a person would type them. For showing only, never for deciding. The only import of shell-quote. */
import { createRequire } from 'node:module';
import type * as ShellQuote from 'shell-quote';

const require = createRequire(import.meta.url);
let library: typeof ShellQuote | undefined;

/** Loaded when it is first needed: most sessions' starts have nothing to quote. */
function loaded(): typeof ShellQuote {
  library ??= require('shell-quote') as typeof ShellQuote;
  return library;
}

export function quoteWords(words: readonly string[]): string {
  if (words.every((word) => /^[A-Za-z0-9_./:=@%+,-]+$/.test(word))) return words.join(' ');
  return loaded().quote(words.map((word) => word.replaceAll('\0', '')));
}
