/**
 * The newest events of some kinds or reasons. Few of them: all are collected and sorted. Many: the events are walked
 * backwards in time, in spans that the hourly counts say are long enough.
 */
import type { Database, Value } from './database.ts';
import { hoursDown } from './facets.ts';
import { IDS_PER_HOUR } from './schema.ts';
import type { Span } from './selection.ts';

export interface Place {
  readonly id: number;
  readonly session: number;
  readonly at: number;
}

/** Up to this many are collected without a further thought. */
const COLLECT_LIMIT = 20_000;

/** What a walk is restricted to; tables are filled by the caller. */
export interface Wanted {
  /** SELECT of the pairs (kind, reason, events) that an event may have; more of them than needed where `conditions` say the rest. */
  readonly pairs: string | undefined;
  /** On `events e`. */
  readonly conditions: readonly string[];
}

/** Pairs of the kinds in temp.kinds_wanted. */
export const WANTED_KINDS = 'SELECT p.kind AS kind, p.reason AS reason, p.events AS events FROM temp.kinds_wanted w CROSS JOIN kind_reasons p ON p.kind = w.no';

export function newest(database: Database, wanted: Wanted, span: Span, limit: number): Place[] {
  if (wanted.pairs === undefined) return walk(database, wanted, span, limit);
  const hours = hoursOf(database, wanted.pairs, span);
  if (hours.reduce((sum, { events }) => sum + events, 0) <= COLLECT_LIMIT) return collect(database, wanted, span, limit);
  const all = new Map(hoursDown(database, span).map(({ begin, events }) => [begin, events]));
  const found: Place[] = [];
  for (const part of spansDown(hours, span, limit)) {
    const passed = [...all].reduce((sum, [begin, events]) => (begin >= part.low && begin < part.high ? sum + events : sum), 0);
    // So few of what stands there that looking for each is quicker than walking past the others.
    const isSparse = part.wanted * 4 < passed && part.wanted <= 2 * COLLECT_LIMIT;
    found.push(...(isSparse ? collect : walk)(database, wanted, part, limit - found.length));
    if (found.length >= limit) break;
  }
  return found;
}

const COLUMNS = 'SELECT e.id, k.session, e.at';

function walk(database: Database, { conditions }: Pick<Wanted, 'conditions'>, { low, high }: Span, limit: number, ...values: readonly Value[]): Place[] {
  return toPlaces(database.rows(`${COLUMNS} FROM events e JOIN kinds k ON k.no = e.kind WHERE ${['e.id >= ?', 'e.id < ?', ...conditions].join(' AND ')} ORDER BY e.id DESC LIMIT ?`, low, high, ...values, limit));
}

export function collect(database: Database, { pairs, conditions }: Wanted, { low, high }: Span, limit: number): Place[] {
  // The ids stand in the index of the kinds; the events themselves, all over the file, are read for the newest alone.
  const ids = `SELECT e.id AS id FROM (SELECT DISTINCT kind, reason FROM (${pairs})) p CROSS JOIN events e ON e.kind = p.kind AND e.reason = p.reason AND e.id >= ? AND e.id < ?${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`} ORDER BY e.id DESC LIMIT ?`;
  return toPlaces(database.rows(`${COLUMNS} FROM (${ids}) x CROSS JOIN events e ON e.id = x.id CROSS JOIN kinds k ON k.no = e.kind ORDER BY e.id DESC`, low, high, limit));
}

export function toPlaces(rows: readonly (readonly Value[])[]): Place[] {
  return rows.map(([id, session, at]) => ({ id: Number(id), session: Number(session), at: Number(at) }));
}

interface Hour {
  readonly begin: number;
  readonly events: number;
}

/** Of the kinds, the latest first. */
function hoursOf(database: Database, pairs: string, { low, high }: Span): Hour[] {
  const kinds = pairs === WANTED_KINDS ? 'SELECT no FROM temp.kinds_wanted' : `SELECT kind FROM (${pairs})`;
  return database
    .rows(`SELECT hour, sum(events) FROM hours WHERE kind IN (${kinds}) AND hour <= ? AND hour >= ? GROUP BY hour ORDER BY hour DESC`, Math.floor((high - 1) / IDS_PER_HOUR), Math.floor(low / IDS_PER_HOUR))
    .map(([hour, events]) => ({ begin: Number(hour) * IDS_PER_HOUR, events: Number(events) }));
}

/** Spans that hold enough events of these kinds, newest first; the last one ends the search. */
function* spansDown(hours: readonly Hour[], { low, high }: Span, limit: number): Generator<Span & { readonly wanted: number }> {
  let end = high;
  let wanted = 0;
  for (const { begin, events } of hours) {
    wanted += events;
    // Of the first hour an unknown part lies above the span.
    if (wanted - (begin + IDS_PER_HOUR > high ? events : 0) < limit) continue;
    yield { low: Math.max(low, begin), high: end, wanted };
    end = Math.max(low, begin);
    wanted = 0;
  }
  if (low < end) yield { low, high: end, wanted };
}
