/** Other names that a script gives to what it calls: `from os import system as x`, `{ execSync: x } = …`, `x = os.system`. */
import type { Language } from './languages.ts';
import type { Token } from './lexer.ts';

/** Tokens that a pattern of names may have. */
const PATTERN_LIMIT = 60;

export function findAliases(tokens: readonly Token[], { calls }: Language): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const at of tokens.keys()) {
    const [name, target] = aliasAt(tokens, at);
    if (name?.kind === 'name' && target?.kind === 'name' && Object.hasOwn(calls, target.text) && !Object.hasOwn(calls, name.text)) found.set(name.text, target.text);
  }
  return found;
}

function aliasAt(tokens: readonly Token[], at: number): readonly (Token | undefined)[] {
  const [before, after, dot, member, behind] = [tokens[at - 1], tokens[at + 1], tokens[at + 2], tokens[at + 3], tokens[at + 4]];
  switch (tokens[at]?.text) {
    case 'as':
      return [after, before];
    case ':':
      return isPattern(tokens, at) ? [after, before] : [];
    case '=':
      return dot?.text === '.' && behind?.text !== '(' && behind?.text !== '.' ? [before, member] : [];
    default:
      return [];
  }
}

/** The braces around it are assigned to; those of an object are not. */
function isPattern(tokens: readonly Token[], at: number): boolean {
  const end = tokens.slice(at, at + PATTERN_LIMIT).findIndex((token) => token.text === '}');
  return end >= 0 && tokens[at + end + 1]?.text === '=';
}
