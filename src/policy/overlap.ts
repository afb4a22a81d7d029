/**
 * A name with wildcards that a shell would expand (`cat .e*v`), held against a deny pattern: could it become a path that
 * the pattern names? Errs towards yes where the name spells out part of what is denied, and towards no where it is plain
 * (`*.ts` may become `secret.ts`, but is no aim at it). Each pair of path components takes their lengths multiplied.
 */
import type { PathPlace } from './match-path.ts';

const WILD = /[*?[]/;
const EXTENDED = /[@!+?*]\([^)]*\)?/g;
/** Letters that a name must spell out to count as aimed at something. */
const AIMED = 2;
const BRACES_LIMIT = 16;

/** Compiled once for a pattern; the name is absolute. */
export function overlapWith(pattern: string, isFloating: boolean, place: PathPlace): (name: string) => boolean {
  const alternatives = expand(pattern).map((each) => componentsOf(each, isFloating, place));
  return (name) => {
    const given = name.split('/').filter((each) => each !== '');
    return alternatives.some((wanted) => wanted.length > 0 && aligns(wanted, given, isFloating));
  };
}

function componentsOf(pattern: string, isFloating: boolean, place: PathPlace): string[] {
  const plain = pattern.replace(/^\.\//, '').replace(EXTENDED, '*');
  const absolute = isFloating || plain.startsWith('/') ? plain : plain.startsWith('~/') ? place.home + plain.slice(1) : `${place.project}/${plain}`;
  const components = absolute.split('/').filter((each) => each !== '');
  while (components.length > 0 && /^\*+$/.test(components[components.length - 1] ?? '')) components.pop();
  while (isFloating && components[0] === '**') components.shift();
  return components;
}

/** A deny covers what is below what it names, so the pattern may end before the name does. */
function aligns(wanted: readonly string[], given: readonly string[], isFloating: boolean): boolean {
  const last = isFloating ? given.length - wanted.length : 0;
  for (let start = 0; start <= last; start++) {
    let isAimed = false;
    let at = 0;
    for (; at < wanted.length; at++) {
      const [pattern = '', name] = [wanted[at], given[start + at]];
      if (name === undefined) break;
      // `**` in the middle: what comes after may stand anywhere below.
      if (pattern === '**') return aligns(wanted.slice(at + 1), given.slice(start + at), true);
      if (!WILD.test(name)) {
        if (!matchesName(pattern.toLowerCase(), name.toLowerCase())) break;
        continue;
      }
      const score = spelled(pattern, name);
      if (score < 0) break;
      isAimed ||= score >= AIMED || (!isFloating && !WILD.test(pattern)) || (name.startsWith('.') && pattern.startsWith('.'));
    }
    if (at === wanted.length && isAimed) return true;
  }
  return false;
}

/**
 * How many letters the name spells out of those that the pattern does, in the best way to make them one text; -1 when there
 * is none. A shell's wildcards do not become a leading dot.
 */
function spelled(pattern: string, name: string): number {
  const wanted = unitsOf(pattern.toLowerCase());
  const given = unitsOf(name.toLowerCase());
  if (wanted[0] === '.' && given[0] !== '.') return -1;
  let below: Int32Array = new Int32Array(given.length + 1).fill(-1);
  for (let i = wanted.length; i >= 0; i--) {
    const row = new Int32Array(given.length + 1).fill(-1);
    for (let j = given.length; j >= 0; j--) {
      const [w, g] = [wanted[i], given[j]];
      let best = w === undefined && g === undefined ? 0 : -1;
      if (w === '*') best = Math.max(best, below[j] ?? -1, g === undefined ? -1 : (row[j + 1] ?? -1));
      if (g === '*') best = Math.max(best, row[j + 1] ?? -1, w === undefined ? -1 : (below[j] ?? -1));
      if (w !== undefined && g !== undefined && w !== '*' && g !== '*' && (below[j + 1] ?? -1) >= 0) best = Math.max(best, together(w, g, below[j + 1] ?? -1));
      row[j] = best;
    }
    below = row;
  }
  return below[0] ?? -1;
}

function together(wanted: string, given: string, rest: number): number {
  if (wanted.length > 1 || wanted === '?') return rest;
  if (given === '?') return rest;
  return matchesName(given, wanted) ? rest + 1 : -1;
}

/** Letters, `*`, `?`, and each bracket expression as one. */
function unitsOf(text: string): string[] {
  const units: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const end = text[at] === '[' ? text.indexOf(']', at + 2) : -1;
    units.push(end < 0 ? (text[at] as string) : text.slice(at, end + 1));
    if (end >= 0) at = end;
  }
  return units;
}

/** `*`, `?` and `[…]` of one component; greedy with one point to return to. */
export function matchesName(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const width = p < pattern.length && pattern[p] !== '*' ? unit(pattern, p, text[t] as string) : 0;
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (width > 0) {
      p += width;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** How much of the pattern at `p` matches the character; 0 when it does not. */
function unit(pattern: string, p: number, char: string): number {
  if (pattern[p] === '?') return 1;
  const end = pattern[p] === '[' ? pattern.indexOf(']', p + 2) : -1;
  if (end < 0) return pattern[p] === char ? 1 : 0;
  const isNegated = /[!^]/.test(pattern[p + 1] ?? '');
  const body = pattern.slice(p + (isNegated ? 2 : 1), end);
  let isIn = body.includes(':');
  for (let i = 0; i < body.length && !isIn; i++) {
    if (body[i + 1] === '-' && i + 2 < body.length) {
      isIn = char >= (body[i] as string) && char <= (body[i + 2] as string);
      i += 2;
    } else isIn = body[i] === char;
  }
  return isIn !== isNegated ? end - p + 1 : 0;
}

function expand(pattern: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const choices = (match[2] ?? '').split(',').slice(0, BRACES_LIMIT);
  return choices.flatMap((choice) => expand(`${match[1]}${choice}${match[3]}`)).slice(0, BRACES_LIMIT);
}
