/** A filter as tables of numbers: which kinds (and reasons) an event may have. Small tables; the events come after. */
import { RISK_LEVELS } from '../../model/risk.ts';
import type { Database, Value } from './database.ts';
import type { EventFilter } from './filter.ts';
import { firstId, LAST_ID } from './schema.ts';

/** Ids from `low` on and below `high`. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

export function spanOf({ since, until }: EventFilter, cursor?: string): Span {
  const high = until === undefined ? LAST_ID : firstId(until.getTime());
  return { low: since === undefined ? 0 : firstId(since.getTime()), high: cursor === undefined ? high : Math.min(high, Number(cursor)) };
}

/** Conditions on `kinds k JOIN sessions s`, undefined when every kind is wanted. */
function kindCondition(filter: EventFilter): { readonly sql: string; readonly values: Value[] } | undefined {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, value: Value | undefined): void => {
    if (value === undefined) return;
    parts.push(sql);
    values.push(value);
  };
  add('s.id = ?', filter.session);
  add('s.agent = ?', filter.agent);
  add('k.action = ?', filter.action);
  add('k.status = ?', filter.status);
  add('k.risk >= ?', filter.risk === undefined || filter.risk === 'none' ? undefined : RISK_LEVELS.indexOf(filter.risk));
  add('k.rule = ?', filter.rule);
  return parts.length === 0 ? undefined : { sql: parts.join(' AND '), values };
}

/** A table of the connection's own, made afresh; it is gone with the connection. Returns its rows. */
export function fillTable(database: Database, name: string, sql: string, ...values: readonly Value[]): number {
  database.run(`CREATE TEMP TABLE IF NOT EXISTS ${name}(no INTEGER PRIMARY KEY)`);
  database.run(`DELETE FROM temp.${name}`);
  return database.run(`INSERT OR IGNORE INTO temp.${name} ${sql}`, ...values);
}

/** True when `temp.kinds_wanted` now holds the kinds; false when all of them are wanted. */
export function selectKinds(database: Database, filter: EventFilter): boolean {
  const condition = kindCondition(filter);
  if (condition === undefined) return false;
  fillTable(database, 'kinds_wanted', `SELECT k.no FROM sessions s JOIN kinds k ON k.session = s.no WHERE ${condition.sql}`, ...condition.values);
  return true;
}
