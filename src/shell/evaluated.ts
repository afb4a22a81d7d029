/** Quoted text that bash evaluates all the same: subscripts in arithmetic and in names of variables, and prompts. */
import type { Assignment, Word } from '../model/command-line.ts';

/** Builtins whose words are names or numbers: `test -v 'a[$(CMD)]'` and `let 'a[$(CMD)]=1'` run CMD. */
const EVALUATES: ReadonlySet<string> = new Set(['test', '[', 'let', 'declare', 'typeset', 'local', 'readonly', 'export', 'printf', 'read', 'unset', 'mapfile', 'readarray', 'getopts', 'wait']);
const PROMPT = /^PS[0124]$/;

/** The words as text to be read once more; empty where nothing in them is run. */
export function evaluatedWords(program: string, args: readonly Word[]): Word[] {
  return EVALUATES.has(program) ? args.filter(hasSubscript).map(asText) : [];
}

export function hasSubscript(word: Word): boolean {
  const at = word.text.indexOf('[');
  return !word.isDynamic && at >= 0 && hasSubstitution(word.text.slice(at));
}

/** `x='a[$(CMD)]'` is run where x is taken for a number; a prompt is expanded each time it is shown. */
export function evaluatedValue({ name, value }: Assignment): Word | undefined {
  if (value === undefined || value.isDynamic) return undefined;
  return hasSubscript(value) || (PROMPT.test(name) && hasSubstitution(value.text)) ? asText(value) : undefined;
}

export function asText(word: Word): Word {
  return { ...word, text: `: "${word.text.replaceAll('"', '\\"')}"` };
}

function hasSubstitution(text: string): boolean {
  return text.includes('$(') || text.includes('`');
}
