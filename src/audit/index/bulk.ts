/** Many rows in few calls: a call costs more than its values. */
import type { Database, Value } from './database.ts';

/** Of the largest exact number. */
const DIGITS = 16;

/** Rows in one statement. */
const ROWS = 64;

/** `sql` ends with VALUES. Returns how many were inserted. */
export function insertMany(database: Database, sql: string, rows: readonly (readonly Value[])[], suffix = ''): number {
  const width = rows[0]?.length ?? 0;
  const row = `(${Array(width).fill('?').join(',')})`;
  let inserted = 0;
  for (let at = 0; at < rows.length; at += ROWS) {
    const some = rows.slice(at, at + ROWS);
    inserted += database.run(`${sql} ${Array(some.length).fill(row).join(',')}${suffix}`, ...some.flat());
  }
  return inserted;
}

/** In one statement: FTS5 writes what it holds in memory to its table at the end of each one that has several rows. */
export function insertTexts(database: Database, table: string, texts: readonly (readonly [number, string])[]): void {
  // The number before the text: a list in the list would be read once more for each of its values.
  if (texts.length > 0) database.run(`INSERT INTO ${table}(rowid, text) SELECT CAST(substr(value, 1, ${DIGITS}) AS INTEGER), substr(value, ${DIGITS + 1}) FROM json_each(?)`, JSON.stringify(texts.map(([id, text]) => String(id).padStart(DIGITS, '0') + text)));
}
