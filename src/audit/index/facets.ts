/**
 * Counts of each hour over all sessions, by status, risk, rule, agent and action. Made from the counts by kind, and for
 * questions without a filter in their place: some dozen rows an hour, however many sessions there were.
 */
import type { Database, Row } from './database.ts';
import type { Grouping } from './filter.ts';

interface Facet {
  readonly number: number;
  /** Of `kinds k` and `sessions s`. */
  readonly value: string;
}

/** Sessions have counts of their own. */
const FACETS: Readonly<Record<Exclude<Grouping, 'session'>, Facet>> = {
  status: { number: 0, value: 'k.status' },
  risk: { number: 1, value: 'k.risk' },
  agent: { number: 2, value: 's.agent' },
  action: { number: 3, value: 'k.action' },
  // With its source, since hits are told of both.
  rule: { number: 4, value: 'k.rule || char(10) || k.source' },
};

export function facetOf(by: Grouping): Facet | undefined {
  return by === 'session' ? undefined : FACETS[by];
}

/** Of a value of the facet `rule`. */
export const RULE_OF_VALUE = 'substr(value, 1, instr(value, char(10)) - 1)';
export const SOURCE_OF_VALUE = 'substr(value, instr(value, char(10)) + 1)';

/** One row for each kind and hour: kind, hour, events, times, last id. */
export function addFacets(database: Database, rows: readonly Row[]): void {
  if (rows.length === 0) return;
  add(database, 'SELECT value ->> 0 AS kind, value ->> 1 AS hour, value ->> 2 AS events, value ->> 3 AS times, value ->> 4 AS last FROM json_each(?)', JSON.stringify(rows));
}

/** After logs went. */
export function makeFacetsAnew(database: Database): void {
  database.run('DELETE FROM facets');
  add(database, 'SELECT kind, hour, events, times, last FROM hours');
}

function add(database: Database, source: string, ...values: readonly string[]): void {
  for (const { number, value } of Object.values(FACETS)) {
    database.run(
      `INSERT INTO facets SELECT ${number}, h.hour, ${value} AS v, sum(h.events), sum(h.times), sum(iif(k.status = 'denied', h.times, 0)), max(h.last) FROM (${source}) h CROSS JOIN kinds k ON k.no = h.kind CROSS JOIN sessions s ON s.no = k.session GROUP BY h.hour, v ON CONFLICT DO UPDATE SET events = events + excluded.events, times = times + excluded.times, denied = denied + excluded.denied, last = max(last, excluded.last)`,
      ...values,
    );
  }
}
