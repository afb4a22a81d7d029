/**
 * Events by their words. A word stands in what an event was about (the full text, in pieces of time), or in what it
 * shares with others: its kind (action, rule, agent, project …) or its reason. A conjunction is therefore split by where
 * each of its words may stand; each part is one question to the full text, or one to the kinds and reasons.
 */
import { narrowed, type SharedWords, sharedWords } from './conditions.ts';
import type { Database } from './database.ts';
import { hasLeaf, type Leaf, matchText } from './leaf.ts';
import { type Piece, piecesDown } from './pieces.ts';
import type { Conjunction } from './query-text.ts';
import { fillTable, type Span } from './selection.ts';
import { collect, newest, type Place, toPlaces, WANTED_KINDS, type Wanted } from './walk.ts';
import { markOf } from './words.ts';

/** Events that are read to see whether they have the words, at most. */
const READ_LIMIT = 2000;
/** Classes of events that a part asks for at most. */
const CLASSES_LIMIT = 8;
/** Events of a piece that are counted to see how many there are. */
const AMOUNT_LIMIT = 16_000;
/** Looking up an event costs as much as going past so many marks. */
const LOOKUP_COST = 8;

/** One way of fitting: words in the event's own text, and kinds or reasons that have the others. */
interface Part {
  /** Of its tables. */
  readonly name: string;
  readonly words: readonly Leaf[];
  readonly without: readonly Leaf[];
  readonly conditions: readonly string[];
  pairs: string | undefined;
  /** Of the pairs, at most. */
  events: number;
  /** As FTS5 is asked for the classes of its events; empty when that would leave little out. */
  marks: string;
}

export interface TextQuestion {
  readonly alternatives: readonly Conjunction[];
  /** Words of the target itself, as the filter `target` asks. */
  readonly target: Leaf | undefined;
  /** Whether temp.kinds_wanted restricts. */
  readonly hasKinds: boolean;
}

interface Search {
  readonly question: TextQuestion;
  readonly span: Span;
  readonly limit: number;
  /** The words of what an event was about. */
  readonly read: (place: Place) => readonly string[] | undefined;
  /** No further piece of time is searched after this moment of performance.now(). */
  readonly untilMs?: number;
}

/** `isWhole` false: the time was over before all of the span was searched. */
export function searchNewest(database: Database, { question, span, limit, read, untilMs = Number.POSITIVE_INFINITY }: Search): { readonly places: Place[]; readonly isWhole: boolean } {
  const found = new Map<number, Place>();
  const add = (places: readonly Place[]): void => {
    for (const place of places) found.set(place.id, place);
  };
  /** False when nothing is left to be searched for it. */
  const isLeft = (part: Part, rest: Span): boolean => {
    if (part.events === 0) return false;
    if (part.events > READ_LIMIT) return true;
    add(collect(database, part, rest, READ_LIMIT).filter((place) => isFitting(part, read(place))));
    return false;
  };
  let left = partsOf(database, question).filter((part) => {
    const isShared = part.words.length === 0;
    if (isShared || part.events <= READ_LIMIT) narrow(database, part);
    if (isShared && part.without.length === 0 && part.events > 0) add(newest(database, part, span, limit));
    else return isLeft(part, span);
    return false;
  });
  let isWhole = true;
  for (const [number, piece] of piecesDown(database, span).entries()) {
    if (left.length === 0 || !isWhole) break;
    // What is found at once needs no further thought.
    if (number === 1) {
      left = left.filter((part) => {
        if (part.words.length > 0) narrow(database, part);
        return isLeft(part, { low: span.low, high: piece.high });
      });
      for (const part of left) mark(database, part, piece);
    }
    const hasWords = number === 0 ? () => true : presence(database, piece);
    for (const part of left) {
      isWhole = performance.now() <= untilMs;
      if (!isWhole) break;
      if (part.words.every(hasWords)) add(newestIn(database, part, piece, limit));
    }
    if (countFrom(found, piece.low) >= limit) break;
  }
  return { places: [...found.values()].sort((a, b) => b.id - a.id).slice(0, limit), isWhole };
}

/** Whether a piece has the words at all, each asked once: a part whose words stand elsewhere costs no question of its own. */
function presence(database: Database, { table }: Piece): (leaf: Leaf) => boolean {
  const known = new Map<Leaf, boolean>();
  return (leaf) => {
    const has = known.get(leaf) ?? database.row(`SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT 1`, matchText(leaf)) !== undefined;
    known.set(leaf, has);
    return has;
  };
}

function countFrom(found: ReadonlyMap<number, Place>, low: number): number {
  let count = 0;
  for (const id of found.keys()) if (id >= low) count++;
  return count;
}

function isFitting({ words, without }: Part, target: readonly string[] | undefined): boolean {
  return target !== undefined && words.every((leaf) => hasLeaf(target, leaf)) && !without.some((leaf) => hasLeaf(target, leaf));
}

/** Leaves what fits in temp.found. */
export function findAll(database: Database, question: TextQuestion, span: Span): void {
  fillTable(database, 'found', 'SELECT 1 WHERE 0');
  for (const part of partsOf(database, question)) {
    narrow(database, part);
    if (part.events === 0) continue;
    for (const [number, piece] of piecesDown(database, span).entries()) {
      if (number === 0) mark(database, part, piece);
      const { sql, values } = selectIn(part, piece, 'SELECT e.id');
      database.run(`INSERT OR IGNORE INTO temp.found ${sql}`, ...values);
    }
  }
}

function newestIn(database: Database, part: Part, piece: Piece, limit: number): Place[] {
  const { sql, values, order } = selectIn(part, piece, 'SELECT e.id, k.session, e.at');
  return toPlaces(database.rows(`${sql} ORDER BY ${order} DESC LIMIT ?`, ...values, limit));
}

function selectIn({ words, without, marks, conditions }: Part, { table, low, high }: Piece, columns: string): { readonly sql: string; readonly values: (string | number)[]; readonly order: string } {
  const none = without.map(matchText);
  if (words.length === 0) {
    const unwanted = none.length === 0 ? [] : [`e.id NOT IN (SELECT rowid FROM ${table} WHERE ${table} MATCH ? AND rowid >= ? AND rowid < ?)`];
    const where = ['e.id >= ?', 'e.id < ?', ...conditions, ...unwanted].join(' AND ');
    return { sql: `${columns} FROM events e JOIN kinds k ON k.no = e.kind WHERE ${where}`, values: [low, high, ...(none.length === 0 ? [] : [none.join(' OR '), low, high])], order: 'e.id' };
  }
  const match = [`(${[...words.map(matchText), ...(marks === '' ? [] : [marks])].join(' AND ')})`, ...none].join(' NOT ');
  return { sql: `${columns} FROM ${table} t CROSS JOIN events e ON e.id = t.rowid CROSS JOIN kinds k ON k.no = e.kind WHERE ${[`${table} MATCH ?`, 't.rowid >= ?', 't.rowid < ?', ...conditions].join(' AND ')}`, values: [match, low, high], order: 't.rowid' };
}

/** The pairs become those for which everything holds, where they are few. */
function narrow(database: Database, part: Part): void {
  if (part.pairs !== undefined) Object.assign(part, narrowed(database, part.pairs, part.conditions, part.name) ?? {});
}

/** Looks up the classes of the part's events, and asks for them where that costs less than looking up all that have the words: a piece tells. */
function mark(database: Database, part: Part, { table }: Piece): void {
  if (part.pairs === undefined || part.words.length === 0) return;
  const where = part.conditions.length === 0 ? '' : ` WHERE ${part.conditions.join(' AND ')}`;
  const classes = database.rows(`SELECT DISTINCT k.action, k.status, k.risk FROM (SELECT DISTINCT e.kind AS kind FROM (${part.pairs}) e${where}) d CROSS JOIN kinds k ON k.no = d.kind LIMIT ${CLASSES_LIMIT + 1}`);
  if (classes.length === 0 || classes.length > CLASSES_LIMIT) return;
  const marks = `(${classes.map(([action, status, risk]) => `"${markOf({ action: String(action), status: String(status), risk: Number(risk) })}"`).join(' OR ')})`;
  const amount = (match: string): number => Number(database.row(`SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT ${AMOUNT_LIMIT})`, match)?.[0]);
  const events = amount(part.words.map(matchText).join(' AND '));
  if (events === AMOUNT_LIMIT || events * LOOKUP_COST > amount(marks)) part.marks = marks;
}

function partsOf(database: Database, { alternatives, target, hasKinds }: TextQuestion): Part[] {
  return alternatives.flatMap(({ all, none }, number) => {
    const leaves = all.map((leaf, at) => ({ leaf, shared: sharedWords(database, leaf, `c${number}_${at}`) }));
    const excluded = none.flatMap((leaf, at) => sharedWords(database, leaf, `c${number}_not${at}`) ?? []).map(({ sql }) => `NOT ${sql}`);
    const parts: Part[] = [];
    for (let choice = 0; choice < 2 ** leaves.length; choice++) {
      const isShared = (at: number): boolean => ((choice >> at) & 1) === 1;
      if (leaves.some(({ shared }, at) => isShared(at) && shared === undefined)) continue;
      const words = [...(target === undefined ? [] : [target]), ...leaves.filter((_, at) => !isShared(at)).map(({ leaf }) => leaf)];
      const shared = leaves.flatMap((each, at) => (isShared(at) && each.shared !== undefined ? [each.shared] : []));
      parts.push({ name: `c${number}_part${choice}`, words, without: none, marks: '', ...restrictionOf(shared, excluded, hasKinds) });
    }
    return parts;
  });
}

/** The pairs of the rarest words; the others are conditions. */
function restrictionOf(shared: readonly SharedWords[], excluded: readonly string[], hasKinds: boolean): Wanted & { readonly events: number } {
  const [rarest, ...others] = [...shared].sort((a, b) => a.events - b.events);
  const kinds = hasKinds ? ['e.kind IN (SELECT no FROM temp.kinds_wanted)'] : [];
  if (rarest === undefined) return { pairs: hasKinds ? WANTED_KINDS : undefined, events: Number.POSITIVE_INFINITY, conditions: [...kinds, ...excluded] };
  return { pairs: rarest.pairs, events: rarest.events, conditions: [rarest.sql, ...others.map(({ sql }) => sql), ...kinds, ...excluded] };
}
