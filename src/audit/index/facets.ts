/**
 * Counts over all sessions by status, risk, rule, agent and action, of each quarter of an hour, each hour and each day:
 * what is asked without a filter is some hundred rows, however long the span is and however many sessions there were.
 */
import { insertMany } from './bulk.ts';
import type { Database, Value } from './database.ts';
import type { Grouping } from './filter.ts';
import { IDS_PER_DAY, IDS_PER_HOUR, IDS_PER_QUARTER, LAST_ID } from './schema.ts';
import type { Span } from './selection.ts';

/** What is counted of a kind. */
export interface FacetFacts {
  readonly agent: string;
  readonly action: string;
  readonly status: string;
  readonly risk: number;
  readonly rule: string;
  readonly source: string;
}

interface Facet {
  readonly number: number;
  readonly nameOf: (facts: FacetFacts) => string | number;
  /** The same of `kinds k` and `sessions s`. */
  readonly sql: string;
}

/** Sessions have counts of their own. */
const FACETS: Readonly<Record<Exclude<Grouping, 'session'>, Facet>> = {
  status: { number: 0, nameOf: ({ status }) => status, sql: 'k.status' },
  risk: { number: 1, nameOf: ({ risk }) => risk, sql: 'k.risk' },
  agent: { number: 2, nameOf: ({ agent }) => agent, sql: 's.agent' },
  action: { number: 3, nameOf: ({ action }) => action, sql: 'k.action' },
  // With its source, since hits are told of both.
  rule: { number: 4, nameOf: ({ rule, source }) => `${rule}\n${source}`, sql: 'k.rule || char(10) || k.source' },
};

/** Of a value of the facet `rule`. */
export const RULE_OF_VALUE = 'substr(value, 1, instr(value, char(10)) - 1)';
export const SOURCE_OF_VALUE = 'substr(value, instr(value, char(10)) + 1)';

/** Narrowest first; each is a multiple of the one before. */
const WIDTHS = [IDS_PER_QUARTER, IDS_PER_HOUR, IDS_PER_DAY];

/** As the table has it: width, facet, bucket, value, events, times, denied, last. */
type FacetRow = [number, number, number, Value, number, number, number, number];

/** What is added in one transaction. */
export class FacetCounts {
  readonly #rows = new Map<string, FacetRow>();

  add(facts: FacetFacts, { quarter, events, times, last }: { readonly quarter: number; readonly events: number; readonly times: number; readonly last: number }): void {
    for (const { number, nameOf } of Object.values(FACETS)) this.#merge([0, number, quarter, nameOf(facts), events, times, facts.status === 'denied' ? times : 0, last]);
  }

  #merge(row: FacetRow): void {
    const [width, facet, bucket, value, events, times, denied, last] = row;
    const key = `${width} ${facet} ${bucket} ${value}`;
    const known = this.#rows.get(key);
    if (known === undefined) {
      this.#rows.set(key, row);
      return;
    }
    known[4] += events;
    known[5] += times;
    known[6] += denied;
    known[7] = Math.max(known[7], last);
  }

  /** Once: the wider ones are sums of the quarters. */
  store(database: Database): void {
    for (const [, facet, quarter, value, events, times, denied, last] of [...this.#rows.values()]) {
      for (const [width, ids] of WIDTHS.entries()) if (width > 0) this.#merge([width, facet, Math.floor((quarter * IDS_PER_QUARTER) / ids), value, events, times, denied, last]);
    }
    insertMany(database, 'INSERT INTO facets VALUES', [...this.#rows.values()], ' ON CONFLICT DO UPDATE SET events = events + excluded.events, times = times + excluded.times, denied = denied + excluded.denied, last = max(last, excluded.last)');
  }
}

/** The days of this span are counted anew, after logs went. */
export function countAgain(database: Database, { low, high }: Span): void {
  const begin = Math.floor(low / IDS_PER_DAY);
  const end = Math.ceil(high / IDS_PER_DAY);
  for (const [width, ids] of WIDTHS.entries()) {
    const perDay = IDS_PER_DAY / ids;
    for (const { number } of Object.values(FACETS)) database.run('DELETE FROM facets WHERE width = ? AND facet = ? AND bucket >= ? AND bucket < ?', width, number, begin * perDay, end * perDay);
  }
  const counts = new FacetCounts();
  const rows = database.rows(
    `SELECT s.agent, k.action, k.status, k.risk, k.rule, k.source, x.quarter, x.events, x.times, x.last FROM (SELECT e.kind AS kind, e.id / ${IDS_PER_QUARTER} AS quarter, count(*) AS events, sum(coalesce(p.times, 1)) AS times, max(e.id) AS last FROM events e LEFT JOIN repeats p ON p.id = e.id WHERE e.id >= ? AND e.id < ? GROUP BY 1, 2) x CROSS JOIN kinds k ON k.no = x.kind CROSS JOIN sessions s ON s.no = k.session`,
    begin * IDS_PER_DAY,
    end * IDS_PER_DAY,
  );
  for (const [agent, action, status, risk, rule, source, quarter, events, times, last] of rows) {
    counts.add({ agent: String(agent), action: String(action), status: String(status), risk: Number(risk), rule: String(rule), source: String(source) }, { quarter: Number(quarter), events: Number(events), times: Number(times), last: Number(last) });
  }
  counts.store(database);
}

/** Rows (id, value, times, denied, last) whose sums are those of the span, in buckets of `ids` or parts of them; undefined where nothing of that width is counted. */
export function facetRows({ low, high }: Span, by: Grouping, ids: number): { readonly sql: string; readonly values: Value[] } | undefined {
  const facet = by === 'session' ? undefined : FACETS[by];
  const widths = [...WIDTHS.entries()].filter(([, width]) => ids % width === 0);
  if (facet === undefined || widths.length === 0) return undefined;
  const parts: string[] = [];
  const values: Value[] = [];
  // The widest in the middle; what it leaves at either end is for the next narrower one, and at last for the events.
  const split = (from: number, to: number, at: number): void => {
    if (from >= to) return;
    const [number, width] = widths[at] ?? [];
    if (number === undefined || width === undefined) {
      parts.push(`SELECT e.id AS id, ${facet.sql} AS value, coalesce(p.times, 1) AS times, iif(k.status = 'denied', coalesce(p.times, 1), 0) AS denied, e.id AS last FROM events e LEFT JOIN repeats p ON p.id = e.id CROSS JOIN kinds k ON k.no = e.kind CROSS JOIN sessions s ON s.no = k.session WHERE e.id >= ? AND e.id < ?`);
      values.push(from, to);
      return;
    }
    const begin = Math.ceil(from / width);
    const end = Math.floor(to / width);
    if (begin >= end) return split(from, to, at - 1);
    parts.push(`SELECT bucket * ${width} AS id, value, times, denied, last FROM facets WHERE width = ${number} AND facet = ${facet.number} AND bucket >= ? AND bucket < ?`);
    values.push(begin, end);
    split(from, begin * width, at - 1);
    split(end * width, to, at - 1);
  };
  split(low, Math.min(high, LAST_ID), widths.length - 1);
  return { sql: parts.length === 0 ? 'SELECT 0 AS id, 0 AS value, 0 AS times, 0 AS denied, 0 AS last WHERE 0' : parts.join(' UNION ALL '), values };
}

/** Hours that have events, the latest first, with their number. */
export function hoursDown(database: Database, { low, high }: Span): { readonly begin: number; readonly events: number }[] {
  return database
    .rows('SELECT bucket, sum(events) FROM facets WHERE width = 1 AND facet = 0 AND bucket >= ? AND bucket <= ? GROUP BY bucket ORDER BY bucket DESC', Math.floor(low / IDS_PER_HOUR), Math.floor((high - 1) / IDS_PER_HOUR))
    .map(([hour, events]) => ({ begin: Number(hour) * IDS_PER_HOUR, events: Number(events) }));
}
