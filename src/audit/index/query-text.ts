/**
 * The search language: words (all of them, in any order), "words in a row", beginnings*, AND, OR, NOT (or -word) and
 * parentheses. A word with punctuation (`src/a.ts`) is its parts in a row. Parsed to alternatives of conjunctions. Pure.
 */
import { PatchworkError } from '../../model/errors.ts';
import type { Leaf } from './leaf.ts';
import { wordsOf } from './words.ts';

export interface Conjunction {
  readonly all: readonly Leaf[];
  readonly none: readonly Leaf[];
}

/** Bounds on what a question may cost. */
const LEAVES_LIMIT = 10;
const ALTERNATIVES_LIMIT = 16;

/** Throws PW_USAGE with what is wrong. No words at all: one conjunction that everything fits. */
export function parseSearch(text: string): Conjunction[] {
  const parser = new Parser(text);
  const alternatives = parser.parse();
  if (alternatives.length > ALTERNATIVES_LIMIT || alternatives.some(({ all, none }) => all.length + none.length > LEAVES_LIMIT)) throw new PatchworkError('PW_USAGE', `the search is too complicated: at most ${LEAVES_LIMIT} words and ${ALTERNATIVES_LIMIT} alternatives`, { hint: 'use fewer words, or put words that stand together in quotes' });
  return alternatives;
}

type Token = { readonly kind: 'leaf'; readonly leaf: Leaf } | { readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' };

const PIECE = /\s*(?:(\()|(\))|(-)?"([^"]*)"(\*)?|([^\s()"]+))/gy;

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  parse(): Conjunction[] {
    if (this.#tokens.length === 0) return [{ all: [], none: [] }];
    const result = this.#or();
    if (this.#at < this.#tokens.length) throw new PatchworkError('PW_USAGE', 'the search has a closing parenthesis too many', { hint: 'put text with parentheses in quotes' });
    return result;
  }

  #or(): Conjunction[] {
    let result = this.#and();
    while (this.#peek() === 'or') {
      this.#at++;
      result = [...result, ...this.#and()];
    }
    return result;
  }

  #and(): Conjunction[] {
    let result = this.#unary();
    for (let next = this.#peek(); next !== undefined && next !== 'or' && next !== 'close'; next = this.#peek()) {
      if (next === 'and') this.#at++;
      result = product(result, this.#unary());
    }
    return result;
  }

  #unary(): Conjunction[] {
    const token = this.#tokens[this.#at++];
    switch (token?.kind) {
      case 'leaf':
        return [{ all: [token.leaf], none: [] }];
      case 'not':
        return negate(this.#unary());
      case 'open': {
        const result = this.#or();
        if (this.#tokens[this.#at++]?.kind !== 'close') throw new PatchworkError('PW_USAGE', 'a parenthesis of the search is not closed', { hint: 'put text with parentheses in quotes' });
        return result;
      }
      default:
        throw new PatchworkError('PW_USAGE', `the search ends, or goes on, where a word should stand${token === undefined ? '' : ` (${token.kind.toUpperCase()})`}`, { hint: 'AND, OR and NOT stand between words; in quotes they are words themselves' });
    }
  }

  #peek(): Token['kind'] | undefined {
    return this.#tokens[this.#at]?.kind;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  if ((text.match(/"/g)?.length ?? 0) % 2 === 1) throw new PatchworkError('PW_USAGE', 'a quote of the search is not closed', { hint: 'for the shell, quote the whole search: \'"git push" OR deploy*\'' });
  for (const [, open, close, minus, quoted, star, word] of text.matchAll(PIECE)) {
    if (open !== undefined) tokens.push({ kind: 'open' });
    else if (close !== undefined) tokens.push({ kind: 'close' });
    else if (quoted !== undefined) tokens.push(...leaf(quoted, star !== undefined, minus !== undefined));
    else if (word === 'AND') tokens.push({ kind: 'and' });
    else if (word === 'OR') tokens.push({ kind: 'or' });
    else if (word === 'NOT') tokens.push({ kind: 'not' });
    else if (word !== undefined) {
      const isNot = /^-[^-]/.test(word);
      tokens.push(...leaf(isNot ? word.slice(1) : word, word.endsWith('*'), isNot));
    }
  }
  return tokens;
}

/** Punctuation alone is no word. */
function leaf(text: string, isPrefix: boolean, isNot: boolean): Token[] {
  const words = wordsOf(text);
  return words.length === 0 ? [] : [...(isNot ? [{ kind: 'not' } as const] : []), { kind: 'leaf', leaf: { words, isPrefix } }];
}

function product(left: readonly Conjunction[], right: readonly Conjunction[]): Conjunction[] {
  return left.flatMap((a) => right.map((b) => ({ all: [...a.all, ...b.all], none: [...a.none, ...b.none] }))).slice(0, ALTERNATIVES_LIMIT + 1);
}

/** De Morgan: none of the alternatives holds. */
function negate(alternatives: readonly Conjunction[]): Conjunction[] {
  return alternatives
    .map(({ all, none }) => [...all.map((each): Conjunction => ({ all: [], none: [each] })), ...none.map((each): Conjunction => ({ all: [each], none: [] }))])
    .reduce(product, [{ all: [], none: [] }]);
}
