/**
 * The newest events of some kinds or reasons. Few of them: all are collected and sorted. Many: the events are walked
 * backwards in time, in spans that the hourly counts say are long enough.
 */
import type { Database, Value } from './database.ts';
import { IDS_PER_HOUR } from './schema.ts';
import type { Span } from './selection.ts';

export interface Place {
  readonly id: number;
  readonly session: number;
  readonly at: number;
}

/** Up to this many are collected without a further thought. */
export const COLLECT_LIMIT = 20_000;

/** What a walk is restricted to; tables are filled by the caller. */
export interface Wanted {
  /** Kinds in temp.kinds_wanted. */
  readonly kinds: boolean;
  /** Reasons in temp.TABLE: the kinds are in it already. */
  readonly reasons?: string;
  /** A further condition on `e.id`. */
  readonly also?: { readonly sql: string; readonly values: readonly Value[] };
}

const COLUMNS = 'SELECT e.id, k.session, e.at';

export function newest(database: Database, wanted: Wanted, span: Span, limit: number): Place[] {
  const also = wanted.also === undefined ? '' : ` AND ${wanted.also.sql}`;
  const values = wanted.also?.values ?? [];
  if (!wanted.kinds && wanted.reasons === undefined) {
    return toPlaces(database.rows(`${COLUMNS} FROM events e JOIN kinds k ON k.no = e.kind WHERE e.id >= ? AND e.id < ?${also} ORDER BY e.id DESC LIMIT ?`, span.low, span.high, ...values, limit));
  }
  if (totalOf(database, wanted) <= COLLECT_LIMIT) return collect(database, wanted, span, limit);
  const restriction = wanted.reasons === undefined ? 'e.kind IN (SELECT no FROM temp.kinds_wanted)' : `e.reason IN (SELECT no FROM temp.${wanted.reasons})`;
  const walk = `${COLUMNS} FROM events e JOIN kinds k ON k.no = e.kind WHERE e.id >= ? AND e.id < ? AND ${restriction}${also} ORDER BY e.id DESC LIMIT ?`;
  const found: Place[] = [];
  let { high } = span;
  for (const low of spansDown(database, wanted, span, limit)) {
    const isSparse = wanted.also === undefined && isSparseIn(database, wanted, { low, high });
    found.push(...(isSparse ? collect(database, wanted, { low, high }, limit - found.length) : toPlaces(database.rows(walk, low, high, ...values, limit - found.length))));
    if (found.length >= limit) break;
    high = low;
  }
  return found;
}

function toPlaces(rows: readonly (readonly Value[])[]): Place[] {
  return rows.map(([id, session, at]) => ({ id: Number(id), session: Number(session), at: Number(at) }));
}

export function totalOf(database: Database, { kinds, reasons }: Wanted): number {
  if (reasons !== undefined) return Number(database.row(`SELECT coalesce(sum(r.events), 0) FROM temp.${reasons} w CROSS JOIN reasons r ON r.no = w.no`)?.[0]);
  if (!kinds) return Number.POSITIVE_INFINITY;
  return Number(database.row('SELECT coalesce(sum(h.events), 0) FROM temp.kinds_wanted w CROSS JOIN hours h ON h.kind = w.no')?.[0]);
}

export function collectSql({ reasons, also }: Wanted): string {
  const source = reasons === undefined ? 'temp.kinds_wanted w CROSS JOIN reasons r ON r.kind = w.no' : `temp.${reasons} r`;
  return `FROM ${source} CROSS JOIN events e ON e.reason = r.no AND e.id >= ? AND e.id < ? CROSS JOIN kinds k ON k.no = e.kind WHERE 1${also === undefined ? '' : ` AND ${also.sql}`}`;
}

function collect(database: Database, wanted: Wanted, span: Span, limit: number): Place[] {
  return toPlaces(database.rows(`${COLUMNS} ${collectSql(wanted)} ORDER BY e.id DESC LIMIT ?`, span.low, span.high, ...(wanted.also?.values ?? []), limit));
}

/** The wanted are so few of what stands in the span that looking for each is quicker than walking past the others. */
function isSparseIn(database: Database, { reasons }: Wanted, { low, high }: Span): boolean {
  if (reasons !== undefined) return false;
  const from = Math.floor(low / IDS_PER_HOUR);
  const to = Math.floor((high - 1) / IDS_PER_HOUR);
  const wanted = Number(database.row('SELECT coalesce(sum(h.events), 0) FROM temp.kinds_wanted w CROSS JOIN hours h ON h.kind = w.no AND h.hour BETWEEN ? AND ?', from, to)?.[0]);
  const all = Number(database.row('SELECT count(*) FROM (SELECT 1 FROM events WHERE id >= ? AND id < ? LIMIT ?)', low, high, 10 * COLLECT_LIMIT)?.[0]);
  return wanted * 4 < all && wanted <= 2 * COLLECT_LIMIT;
}

/** Lower ends of spans that hold enough events of these kinds, newest first; the last one is the end of the search. */
function* spansDown(database: Database, wanted: Wanted, span: Span, limit: number): Generator<number> {
  const top = Math.floor((span.high - 1) / IDS_PER_HOUR);
  const kinds = wanted.reasons === undefined ? 'SELECT no FROM temp.kinds_wanted' : `SELECT DISTINCT r.kind FROM temp.${wanted.reasons} w CROSS JOIN reasons r ON r.no = w.no`;
  const hours = database.rows(`SELECT hour, sum(events) FROM hours WHERE kind IN (${kinds}) AND hour <= ? AND hour >= ? GROUP BY hour ORDER BY hour DESC`, top, Math.floor(span.low / IDS_PER_HOUR));
  let events = 0;
  for (const [hour, count] of hours) {
    // Of the first hour an unknown part lies above the span.
    if (Number(hour) !== top) events += Number(count);
    if (events < limit) continue;
    yield Math.max(span.low, Number(hour) * IDS_PER_HOUR);
    events = 0;
  }
  yield span.low;
}
