/** What a search is made of: words in a row. Pure. */

/** Words in a row; the last one may be the beginning of a longer one. */
export interface Leaf {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
}

/** As FTS5 writes it. */
export function matchText({ words, isPrefix }: Leaf): string {
  return `"${words.join(' ')}"${isPrefix ? ' *' : ''}`;
}

/** The same judgement without FTS5. */
export function hasLeaf(words: readonly string[], { words: wanted, isPrefix }: Leaf): boolean {
  const last = wanted.length - 1;
  return words.some((_, at) => wanted.every((word, index) => (index === last && isPrefix ? words[at + index]?.startsWith(word) === true : words[at + index] === word)));
}
