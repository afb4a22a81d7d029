/**
 * Whether a deny pattern occurs in text that could not be resolved. Its words count as words: `su *` is not in `result`, but
 * in `x; su`, `${y}su -` and `\tsu root`.
 */
import type { CommandPattern } from './match-command.ts';

/** Stand where a quote and where a backslash stood: words may be put together there (`s'u'`), and begin or end (`-c'su'`). */
const QUOTED = '\0';
const ESCAPED = '\u0001';
const SEAM = `[${QUOTED}${ESCAPED}]`;
/** At the front of a word; what an escape spells (`\n`, `\040`, `\x20`, `\u0020`) is no part of it. */
const FRONT = `(?:(?<![A-Za-z0-9_])|(?<=${ESCAPED}(?:[abefnrtv]|c.|[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8})))`;
const BACK = '(?![A-Za-z0-9_])';

/** Text that could not be parsed, with seams where it only quotes. */
export function plainText(text: string): string {
  return text.replace(/\\\n?/g, ESCAPED).replace(/["']/g, QUOTED).replace(/\s+/g, ' ');
}

const known = new WeakMap<CommandPattern, readonly RegExp[]>();

/** The pattern's words occur in the plain text, in their order. What fits at a later place fits there too, so one pass will do. */
export function occursIn(pattern: CommandPattern, plain: string): boolean {
  const pieces = known.get(pattern) ?? piecesOf(pattern);
  known.set(pattern, pieces);
  let at = 0;
  return pieces.length > 0 && pieces.every((piece) => {
    piece.lastIndex = at;
    const isThere = piece.test(plain);
    at = piece.lastIndex;
    return isThere;
  });
}

function piecesOf(pattern: CommandPattern): readonly RegExp[] {
  const stages = pattern.stages.map((stage) => ({ text: stage.text.replace(/(\s*\*)+$/, ''), isOpen: /\S\*$/.test(stage.text) })).filter(({ text }) => text !== '');
  return stages.flatMap(({ text, isOpen }, index) => {
    const pieces = text.split('*').map((piece, place, all) => ({ piece, isFirst: place === 0, isLast: place === all.length - 1 && !isOpen }));
    return [...(index > 0 ? [/\|/g] : []), ...pieces.filter(({ piece }) => piece !== '').map(({ piece, isFirst, isLast }) => new RegExp(`${isFirst && /^\w/.test(piece) ? FRONT : ''}${spelt(piece)}${isLast && /\w$/.test(piece) ? BACK : ''}`, 'g'))];
  });
}

/** The letters with any seams between them; a blank is any number of both. */
function spelt(piece: string): string {
  const blank = `${SEAM}* [ ${QUOTED}${ESCAPED}]*`;
  return piece.trim() === '' ? blank : piece.split(/\s+/).map((word) => [...word].map((each) => each.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join(`${SEAM}*`)).join(blank);
}
