/** Counts over time and by rule. From the hourly counts where whole hours are asked for, from the events at the edges. */
import { RISK_LEVELS } from '../../model/risk.ts';
import type { Database, Row, Value } from './database.ts';
import { facetRows, RULE_OF_VALUE, SOURCE_OF_VALUE } from './facets.ts';
import type { Count, Grouping, RuleHits, SeriesPoint } from './filter.ts';
import { IDS_PER_DAY, IDS_PER_HOUR, LAST_ID, timeOf } from './schema.ts';
import type { Span } from './selection.ts';

const HOUR_MS = 3_600_000;
const GROUPS: Readonly<Record<Grouping, string>> = { status: 'k.status', risk: 'k.risk', rule: 'k.rule', agent: 's.agent', action: 'k.action', session: 's.id' };

/** What is counted: all, the kinds in temp.kinds_wanted, or the events in temp.found. */
export interface Counted {
  readonly kinds: boolean;
  readonly isFound?: boolean;
}

interface Sums {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Rows (kind, id or first id of the hour, events, times) of everything in the span: hours in its middle, events at its edges. */
function sumsOf(counted: Counted, { low, high }: Span): Sums {
  const kinds = counted.kinds ? ' AND kind IN (SELECT no FROM temp.kinds_wanted)' : '';
  const single = `SELECT kind, e.id AS id, 1 AS events, coalesce(p.times, 1) AS times, e.id AS last FROM events e LEFT JOIN repeats p ON p.id = e.id`;
  if (counted.isFound === true) return { sql: `${single} WHERE e.id IN (SELECT no FROM temp.found)`, values: [] };
  const firstHour = Math.ceil(low / IDS_PER_HOUR);
  const endHour = Math.floor(Math.min(high, LAST_ID) / IDS_PER_HOUR);
  if (firstHour >= endHour) return { sql: `${single} WHERE e.id >= ? AND e.id < ?${kinds}`, values: [low, high] };
  const parts = [`SELECT kind, hour * ${IDS_PER_HOUR} AS id, events, times, last FROM hours WHERE hour >= ? AND hour < ?${kinds}`];
  const values: Value[] = [firstHour, endHour];
  for (const [from, to] of [[low, firstHour * IDS_PER_HOUR], [endHour * IDS_PER_HOUR, high]] as const) {
    if (from >= to) continue;
    parts.push(`${single} WHERE e.id >= ? AND e.id < ?${kinds}`);
    values.push(from, to);
  }
  return { sql: parts.join(' UNION ALL '), values };
}

/** `kinds`: only those in temp.kinds_wanted. */
export function countEvents(database: Database, kinds: boolean, span: Span): Count {
  const { sql, values } = sumsOf({ kinds }, span);
  return { events: Number(database.row(`SELECT coalesce(sum(events), 0) FROM (${sql})`, ...values)?.[0]), isExact: true };
}

function isAll({ kinds, isFound = false }: Counted): boolean {
  return !kinds && !isFound;
}

/** `bucketMs` of whole hours is quick; a smaller one reads the events of the span. */
export function seriesOf(database: Database, counted: Counted, span: Span, bucket: { readonly ms: number; readonly by: Grouping }): SeriesPoint[] {
  const isWhole = bucket.ms % HOUR_MS === 0;
  const kinds = counted.kinds ? ' AND kind IN (SELECT no FROM temp.kinds_wanted)' : '';
  const { sql, values } = isWhole || counted.isFound === true ? sumsOf(counted, span) : { sql: `SELECT kind, e.id AS id, 1 AS events, coalesce(p.times, 1) AS times FROM events e LEFT JOIN repeats p ON p.id = e.id WHERE e.id >= ? AND e.id < ?${kinds}`, values: [span.low, span.high] };
  const ids = (bucket.ms / HOUR_MS) * IDS_PER_HOUR;
  const facets = isAll(counted) ? facetRows(span, bucket.by, ids) : undefined;
  if (facets !== undefined) return toPoints(database.rows(`SELECT CAST(id / ${ids} AS INTEGER) AS b, ${bucket.by === 'rule' ? RULE_OF_VALUE : 'value'} AS g, sum(times), sum(denied) FROM (${facets.sql}) GROUP BY b, g ORDER BY b, g`, ...facets.values), bucket.by, ids);
  const rows = database.rows(
    `SELECT b, g, sum(times), sum(iif(status = 'denied', times, 0)) FROM (SELECT CAST(x.id / ${ids} AS INTEGER) AS b, ${GROUPS[bucket.by]} AS g, k.status AS status, x.times AS times FROM (${sql}) x CROSS JOIN kinds k ON k.no = x.kind CROSS JOIN sessions s ON s.no = k.session) GROUP BY b, g ORDER BY b, g`,
    ...values,
  );
  return toPoints(rows, bucket.by, ids);
}

function toPoints(rows: readonly Row[], by: Grouping, ids: number): SeriesPoint[] {
  return rows.map(([at, group, actions, denied]) => ({ time: timeOf(Number(at) * ids), group: groupName(by, group), actions: Number(actions), denied: Number(denied) }));
}

function groupName(by: Grouping, value: Value | undefined): string {
  return by === 'risk' ? (RISK_LEVELS[Number(value)] ?? '') : String(value ?? '');
}

export function ruleHits(database: Database, counted: Counted, span: Span): RuleHits[] {
  const facets = isAll(counted) ? facetRows(span, 'rule', IDS_PER_DAY) : undefined;
  const { sql, values } = facets ?? sumsOf(counted, span);
  const rows: Row[] = database.rows(
    facets !== undefined
      ? `SELECT ${RULE_OF_VALUE} AS r, ${SOURCE_OF_VALUE}, sum(times - denied), sum(denied), max(last) FROM (${sql}) GROUP BY value HAVING r <> '' ORDER BY 4 DESC, 3 DESC`
      : `SELECT k.rule, k.source, sum(iif(k.status = 'denied', 0, x.times)), sum(iif(k.status = 'denied', x.times, 0)), max(x.last) FROM (${sql}) x CROSS JOIN kinds k ON k.no = x.kind WHERE k.rule <> '' GROUP BY k.rule, k.source ORDER BY 4 DESC, 3 DESC`,
    ...values,
  );
  return rows.map(([rule, source, allowed, denied, last]) => ({ rule: String(rule), source: String(source), allowed: Number(allowed), denied: Number(denied), last: new Date(timeOf(Number(last))).toISOString() }));
}
