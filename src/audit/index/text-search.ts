/**
 * Events by their words. A word stands in what an event was about (event_text), or in what it shares with others: its
 * kind (action, rule, agent, project …) or its reason. A conjunction is therefore split by where each of its words
 * may stand; each part is one question to FTS5, or one to the reasons.
 */
import type { Database, Value } from './database.ts';
import { type Conjunction, hasLeaf, type Leaf, matchText } from './query-text.ts';
import { fillTable, type Span } from './selection.ts';
import { COLLECT_LIMIT, collectSql, newest, type Place, totalOf, type Wanted } from './walk.ts';

/** One way of fitting: words in the event's own text, and reasons that have the others. */
interface Part {
  readonly match: string | undefined;
  /** The same, for events that are read themselves. */
  readonly words: readonly Leaf[];
  readonly without: readonly Leaf[];
  /** Table of reasons, undefined when any will do. */
  readonly reasons: string | undefined;
  readonly none: readonly string[];
}

export interface TextQuestion {
  readonly alternatives: readonly Conjunction[];
  /** Words of the target itself, as the filter `target` asks. */
  readonly target: Leaf | undefined;
  /** Whether temp.kinds_wanted restricts. */
  readonly hasKinds: boolean;
  /** Marks that the filter asks for, as FTS5 writes them. */
  readonly marks: readonly string[];
}

/** The words of what an event was about. */
type ReadTarget = (place: Place) => readonly string[] | undefined;

interface Search {
  readonly question: TextQuestion;
  readonly span: Span;
  readonly limit: number;
  readonly read: ReadTarget;
}

export function searchNewest(database: Database, { question, span, limit, read }: Search): Place[] {
  const byId = new Map<number, Place>();
  let found: Place[] = [];
  let { low } = span;
  for (const part of partsOf(database, question).sort((a, b) => effortOf(a) - effortOf(b))) {
    for (const place of newestOf(database, part, { question, span: { low, high: span.high }, limit, read })) byId.set(place.id, place);
    found = [...byId.values()].sort((a, b) => b.id - a.id).slice(0, limit);
    // Enough of them: of the other parts only what is newer still counts.
    if (found.length === limit) low = Math.max(low, found.at(-1)?.id ?? low);
  }
  return found;
}

/** Texts alone are walked at once; texts of some reasons may be walked long. */
function effortOf({ match, reasons }: Part): number {
  if (reasons === undefined) return 0;
  return match === undefined ? 1 : 2;
}

/** Ids that fit, as one SELECT each with its values: for counts and series. */
export function matchingIds(database: Database, question: TextQuestion, span: Span): { readonly sql: string; readonly values: Value[] } {
  const selects = partsOf(database, question).map((part) => {
    const { sql, values } = fitting(part);
    if (part.match === undefined && part.reasons === undefined) return { sql: `SELECT e.id FROM events e WHERE e.id >= ? AND e.id < ?${sql === '' ? '' : ` AND ${sql}`}`, values: [span.low, span.high, ...values] };
    if (part.match === undefined) return { sql: `SELECT e.id ${collectSql({ kinds: false, ...(part.reasons === undefined ? {} : { reasons: part.reasons }), ...(sql === '' ? {} : { also: { sql, values } }) })}`, values: [span.low, span.high, ...values] };
    const restriction = part.reasons === undefined ? '' : ` AND e.reason IN (SELECT no FROM temp.${part.reasons})`;
    return { sql: `SELECT e.id FROM event_text t CROSS JOIN events e ON e.id = t.rowid WHERE event_text MATCH ? AND t.rowid >= ? AND t.rowid < ?${restriction}`, values: [part.match, span.low, span.high] };
  });
  if (selects.length === 0) return { sql: 'SELECT 0 AS id WHERE 0', values: [] };
  return { sql: selects.map(({ sql }) => sql).join(' UNION '), values: selects.flatMap(({ values }) => values) };
}

function newestOf(database: Database, part: Part, { span, limit, read }: Search): Place[] {
  const wanted: Wanted = { kinds: false, ...(part.reasons === undefined ? {} : { reasons: part.reasons }) };
  if (part.match === undefined) {
    const { sql, values } = fitting(part);
    return newest(database, sql === '' ? wanted : { ...wanted, also: { sql, values } }, span, limit);
  }
  // Few reasons and a common word: the events of the reasons are read; else the texts are walked backwards.
  const isFew = part.reasons !== undefined && totalOf(database, wanted) <= COLLECT_LIMIT && isCommon(database, part.match, span);
  if (isFew) return firstFitting(newest(database, wanted, span, COLLECT_LIMIT), part, limit, read);
  const restriction = part.reasons === undefined ? '' : ` AND e.reason IN (SELECT no FROM temp.${part.reasons})`;
  const rows = database.rows(`SELECT e.id, k.session, e.at FROM event_text t CROSS JOIN events e ON e.id = t.rowid CROSS JOIN kinds k ON k.no = e.kind WHERE event_text MATCH ? AND t.rowid >= ? AND t.rowid < ?${restriction} ORDER BY t.rowid DESC LIMIT ?`, part.match, span.low, span.high, limit);
  return rows.map(([id, session, at]) => ({ id: Number(id), session: Number(session), at: Number(at) }));
}

function firstFitting(places: readonly Place[], { words, without }: Part, limit: number, read: ReadTarget): Place[] {
  const found: Place[] = [];
  for (const place of places) {
    const target = read(place);
    if (target === undefined || !words.every((leaf) => hasLeaf(target, leaf)) || without.some((leaf) => hasLeaf(target, leaf))) continue;
    found.push(place);
    if (found.length === limit) break;
  }
  return found;
}

function isCommon(database: Database, match: string, span: Span): boolean {
  return Number(database.row('SELECT count(*) FROM (SELECT 1 FROM event_text WHERE event_text MATCH ? AND rowid >= ? AND rowid < ? LIMIT ?)', match, span.low, span.high, COLLECT_LIMIT)?.[0]) >= COLLECT_LIMIT;
}

/** What a part without words of its own must not have. */
function fitting({ none, match }: Part): { sql: string; values: Value[] } {
  if (match !== undefined || none.length === 0) return { sql: '', values: [] };
  return { sql: 'e.id NOT IN (SELECT rowid FROM event_text WHERE event_text MATCH ?)', values: [none.join(' OR ')] };
}

function partsOf(database: Database, { alternatives, target, hasKinds, marks }: TextQuestion): Part[] {
  return alternatives.flatMap((conjunction, at) => partsOfConjunction(database, { conjunction, target, hasKinds, marks, name: `c${at}` }));
}

interface ConjunctionQuestion {
  readonly conjunction: Conjunction;
  readonly target: Leaf | undefined;
  readonly hasKinds: boolean;
  readonly marks: readonly string[];
  readonly name: string;
}

function partsOfConjunction(database: Database, { conjunction, target, hasKinds, marks, name }: ConjunctionQuestion): Part[] {
  const none = conjunction.none.map(matchText);
  const leaves = conjunction.all.map((leaf, at) => ({ leaf, shared: sharedReasons(database, leaf, `${name}_${at}`) }));
  const excluded = conjunction.none.map((leaf, at) => sharedReasons(database, leaf, `${name}_not${at}`)).filter((table) => table !== undefined);
  const own = target === undefined ? [] : [target];
  const parts: Part[] = [];
  for (let choice = 0; choice < 2 ** leaves.length; choice++) {
    const isShared = (at: number): boolean => ((choice >> at) & 1) === 1;
    if (leaves.some(({ shared }, at) => isShared(at) && shared === undefined)) continue;
    const words = [...own, ...leaves.filter((_, at) => !isShared(at)).map(({ leaf }) => leaf)];
    const tables = leaves.flatMap(({ shared }, at) => (isShared(at) && shared !== undefined ? [shared] : []));
    const reasons = intersect(database, { tables, excluded, hasKinds, name: `${name}_x${choice}` });
    if (reasons === 'nothing') continue;
    const matches = [...words.map(matchText), ...marks];
    const match = words.length === 0 ? undefined : [`(${matches.join(' AND ')})`, ...none].join(' NOT ');
    parts.push({ match, words, without: conjunction.none, reasons, none });
  }
  return parts;
}

/** Reasons that have the words, or whose kind has them: in a table, undefined when there are none. */
function sharedReasons(database: Database, leaf: Leaf, name: string): string | undefined {
  const match = matchText(leaf);
  fillTable(database, name, 'SELECT rowid FROM reason_text WHERE reason_text MATCH ?1 UNION ALL SELECT r.no FROM kind_text t CROSS JOIN reasons r ON r.kind = t.rowid WHERE kind_text MATCH ?1', match);
  return database.row(`SELECT 1 FROM temp.${name} LIMIT 1`) === undefined ? undefined : name;
}

interface Intersection {
  readonly tables: readonly string[];
  readonly excluded: readonly string[];
  readonly hasKinds: boolean;
  readonly name: string;
}

function intersect(database: Database, { tables, excluded, hasKinds, name }: Intersection): string | undefined | 'nothing' {
  const conditions = [...tables.map((table) => `r.no IN (SELECT no FROM temp.${table})`), ...excluded.map((table) => `r.no NOT IN (SELECT no FROM temp.${table})`), ...(hasKinds ? ['r.kind IN (SELECT no FROM temp.kinds_wanted)'] : [])];
  if (conditions.length === 0) return undefined;
  const [only] = tables;
  if (only !== undefined && conditions.length === 1) return only;
  // From the table where there is one: it is smaller than all the reasons.
  const source = only === undefined ? 'reasons r' : `temp.${only} w CROSS JOIN reasons r ON r.no = w.no`;
  fillTable(database, name, `SELECT r.no FROM ${source} WHERE ${conditions.join(' AND ')}`);
  return database.row(`SELECT 1 FROM temp.${name} LIMIT 1`) === undefined ? 'nothing' : name;
}
