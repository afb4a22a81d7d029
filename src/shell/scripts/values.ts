/** Values of expressions that are plain to see: literals, their concatenations, lists of them, names assigned once. */
import { type Dialect, type Token, UNKNOWN } from './lexer.ts';

export interface Value {
  /** `UNKNOWN` stands for the parts that are not known. */
  readonly text: string;
  readonly isComputed: boolean;
  /** Nothing of it is known. */
  readonly isUnknown: boolean;
  /** Elements of a list. */
  readonly items?: readonly Value[];
}

export type Names = ReadonlyMap<string, Value>;

const OPEN = new Set(['(', '[', '{']);
const CLOSE = new Set([')', ']', '}']);

/** Index behind the bracket that closes the one at `open`. */
export function behindBracket(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind !== 'punct') continue;
    if (OPEN.has(token.text)) depth++;
    else if (CLOSE.has(token.text) && --depth === 0) return at + 1;
  }
  return tokens.length;
}

/** Slices between the commas of one level. */
export function splitArguments(tokens: readonly Token[]): (readonly Token[])[] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'punct') {
      if (OPEN.has(token.text)) depth++;
      else if (CLOSE.has(token.text)) depth--;
      else if (depth === 0 && (token.text === ',' || token.text === '=>')) {
        found.push([]);
        continue;
      } else if (token.text === '\n') continue;
    }
    (found[found.length - 1] as Token[]).push(token);
  }
  return found.filter((slice) => slice.length > 0);
}

/** Undefined for an empty expression. */
export function readValue(tokens: readonly Token[], dialect: Dialect, names: Names, depth = 0): Value | undefined {
  const slice = tokens.filter((token) => token.text !== '\n' || token.kind !== 'punct');
  const [first] = slice;
  if (first === undefined) return undefined;
  // `args=[…]`, `cmd: […]`: a named argument.
  if (slice.length > 2 && first.kind === 'name' && (slice[1]?.text === '=' || slice[1]?.text === ':')) return readValue(slice.slice(2), dialect, names, depth);
  if (depth < 8 && first.kind === 'punct' && OPEN.has(first.text) && behindBracket(slice, 0) === slice.length) {
    // An object says something only by the words for the program: `{ args: […] }`, `{ cmd: […] }`.
    if (first.text === '{') {
      const named = splitArguments(slice.slice(1, -1)).find((each) => /^(?:args|cmd)$/.test(each[0]?.text ?? '') && each[1]?.text === ':');
      return named === undefined ? unknown() : readValue(named, dialect, names, depth + 1);
    }
    const items = splitArguments(slice.slice(1, -1)).map((each) => readValue(each, dialect, names, depth + 1) ?? unknown());
    if (first.text === '(' && items.length === 1 && items[0] !== undefined) return items[0];
    return { text: items.map((item) => item.text).join(' '), isComputed: items.some((item) => item.isComputed), isUnknown: false, items: items.flatMap((item) => item.items ?? [item]) };
  }
  if (slice.length === 1 && first.isList) {
    const items = first.text.split(/\s+/).filter((word) => word !== '').map((text): Value => ({ text, isComputed: false, isUnknown: false }));
    return { text: first.text, isComputed: false, isUnknown: false, items };
  }
  return concatenation(slice, dialect, names);
}

function unknown(): Value {
  return { text: UNKNOWN, isComputed: true, isUnknown: true };
}

/** Terms between `+` (or `.`, `..`); a term that is no literal is not known. */
function concatenation(slice: readonly Token[], dialect: Dialect, names: Names): Value {
  let text = '';
  let isComputed = false;
  let hasKnown = false;
  let list: readonly Value[] | undefined;
  let at = 0;
  while (at < slice.length) {
    let end = at;
    let depth = 0;
    while (end < slice.length) {
      const token = slice[end] as Token;
      if (token.kind === 'punct' && OPEN.has(token.text)) depth++;
      else if (token.kind === 'punct' && CLOSE.has(token.text)) depth--;
      else if (depth === 0 && token.kind === 'punct' && dialect.concat.includes(token.text)) break;
      end++;
    }
    const term = slice.slice(at, end);
    const [only] = term;
    const named = term.length === 1 && only?.kind === 'name' ? names.get(only.text) : undefined;
    if (term.length > 0 && term.every((token) => token.kind === 'string')) {
      text += term.map((token) => token.text).join('');
      isComputed ||= term.some((token) => token.isComputed === true);
      hasKnown = true;
    } else if (named !== undefined) {
      text += named.text;
      isComputed ||= named.isComputed;
      hasKnown ||= !named.isUnknown;
      if (slice.length === 1) list = named.items;
    } else {
      text += UNKNOWN;
      isComputed = true;
    }
    at = end + 1;
  }
  return { text, isComputed, isUnknown: !hasKnown, ...(list === undefined ? {} : { items: list }) };
}

/** Names that are assigned once, and by what. */
export function findNames(tokens: readonly Token[], dialect: Dialect): Names {
  const found = new Map<string, Value>();
  const seen = new Set<string>();
  for (let at = 0; at + 2 < tokens.length; at++) {
    const name = tokens[at] as Token;
    if (name.kind !== 'name' || tokens[at + 1]?.text !== '=' || tokens[at + 1]?.kind !== 'punct' || tokens[at - 1]?.text === '.') continue;
    if (seen.has(name.text)) {
      found.delete(name.text);
      continue;
    }
    seen.add(name.text);
    let end = at + 2;
    let depth = 0;
    while (end < tokens.length && end < at + 200) {
      const token = tokens[end] as Token;
      if (token.kind === 'punct' && OPEN.has(token.text)) depth++;
      if (token.kind === 'punct' && CLOSE.has(token.text) && --depth < 0) break;
      if (depth === 0 && token.kind === 'punct' && (token.text === ';' || token.text === '\n' || token.text === ',')) break;
      end++;
    }
    const value = readValue(tokens.slice(at + 2, end), dialect, found);
    if (value !== undefined && !value.isUnknown) found.set(name.text, value);
  }
  return found;
}
