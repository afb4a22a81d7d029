/** The wildcard of command, host and tool patterns: `*` stands for any text, everything else for itself. */

/** Patterns split at their stars. Patterns come from policies, so there are few; derived ones (`X *`) are as many again. */
const split = new Map<string, readonly string[]>();
const SPLIT_LIMIT = 20_000;

/**
 * The text between two stars is looked for from left to right, each piece at its first place: what fits at a later place
 * fits there too. So a pattern costs one pass over the text. `*` also matches `/`, blanks, newlines and nothing.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return text === pattern;
  const pieces = piecesOf(pattern);
  const [first = ''] = pieces;
  const last = pieces[pieces.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index] ?? '';
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** The same, or with a blank and anything behind it: `PATTERN` or `PATTERN *`. */
export function matchesWithMore(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return text.startsWith(pattern) && (text.length === pattern.length || text[pattern.length] === ' ');
  // A star at the end stands for the blank and the rest as well.
  return matchesWildcard(pattern, text) || (!pattern.endsWith('*') && matchesWildcard(`${pattern} *`, text));
}

/** Whether the name of a file could be this, for a shell's wildcards: `sud?`, `s[tu]do`. A class stands for any one character. */
export function couldExpandTo(glob: string, name: string): boolean {
  const plain = glob.replace(/[@?*+!]\([^)]{0,100}\)/g, '*').replace(/\[[^\]]{1,100}\]/g, '?');
  let places = new Set([0]);
  for (const character of plain) {
    const next = new Set<number>();
    for (const place of places) {
      if (character === '*') for (let at = place; at <= name.length; at++) next.add(at);
      else if (place < name.length && (character === '?' || character === name[place])) next.add(place + 1);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(name.length);
}

function piecesOf(pattern: string): readonly string[] {
  const known = split.get(pattern);
  if (known !== undefined) return known;
  if (split.size >= SPLIT_LIMIT) split.clear();
  const pieces = pattern.split('*');
  split.set(pattern, pieces);
  return pieces;
}
