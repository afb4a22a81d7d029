/** Words that events share with others: which kinds and reasons have them, as tables and as conditions on `events e`. */
import type { Database } from './database.ts';
import { type Leaf, matchText } from './leaf.ts';
import { fillTable } from './selection.ts';

/** Rows looked at for an estimate: more of them are many events. */
const ROWS_LIMIT = 4000;

export interface SharedWords {
  /** On `e`, or anything else with kind and reason. */
  readonly sql: string;
  /** SELECT of the pairs (kind, reason) with their events; a pair may come twice. */
  readonly pairs: string;
  /** Events that have them, about; infinite when there are too many to say. */
  readonly events: number;
}

/** Undefined when no kind and no reason has the words. The tables are the connection's own, made afresh. */
export function sharedWords(database: Database, leaf: Leaf, name: string): SharedWords | undefined {
  const match = matchText(leaf);
  const tables = (['kind', 'reason'] as const).flatMap((column) => {
    const table = `${name}_${column}`;
    return fillTable(database, table, `SELECT rowid FROM ${column}_text WHERE ${column}_text MATCH ?`, match) > 0 ? [{ column, table }] : [];
  });
  if (tables.length === 0) return undefined;
  const pairs = tables.map(({ column, table }) => `SELECT p.kind AS kind, p.reason AS reason, p.events AS events FROM temp.${table} w CROSS JOIN kind_reasons p ON p.${column} = w.no`).join(' UNION ALL ');
  return { sql: `(${tables.map(({ column, table }) => `e.${column} IN (SELECT no FROM temp.${table})`).join(' OR ')})`, pairs, events: eventsOf(database, pairs) };
}

function eventsOf(database: Database, pairs: string): number {
  const [rows, events] = database.row(`SELECT count(*), sum(events) FROM (${pairs} LIMIT ${ROWS_LIMIT})`) ?? [];
  return Number(rows) >= ROWS_LIMIT ? Number.POSITIVE_INFINITY : Number(events ?? 0);
}

/** The pairs for which all conditions hold, where they are few, in a table of their own with their exact number of events. */
export function narrowed(database: Database, pairs: string, conditions: readonly string[], name: string): { readonly pairs: string; readonly events: number } | undefined {
  database.run(`CREATE TEMP TABLE IF NOT EXISTS ${name}(kind INTEGER NOT NULL, reason INTEGER NOT NULL, events INTEGER NOT NULL, PRIMARY KEY(kind, reason)) WITHOUT ROWID`);
  database.run(`DELETE FROM temp.${name}`);
  database.run(`INSERT OR IGNORE INTO temp.${name} SELECT e.kind, e.reason, e.events FROM (${pairs}) e${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`} LIMIT ${ROWS_LIMIT}`);
  const [rows, events] = database.row(`SELECT count(*), sum(events) FROM temp.${name}`) ?? [];
  return Number(rows) >= ROWS_LIMIT / 2 ? undefined : { pairs: `SELECT kind, reason, events FROM temp.${name}`, events: Number(events ?? 0) };
}
