/**
 * The full text in pieces of time, each a table of its own: a search begins with the newest piece and seldom needs
 * another one, and no piece has to be merged with what was there long before.
 */
import { insertTexts } from './bulk.ts';
import type { Database } from './database.ts';
import { firstId, IDS_PER_DAY, IDS_PER_HOUR, LAST_ID, TEXT_TABLE } from './schema.ts';
import type { Span } from './selection.ts';

/** Events after which a piece is closed. Later ones of its time still go there. */
export const PIECE_EVENTS = 125_000;

export interface Piece extends Span {
  readonly table: string;
}

const tableOf = (no: number): string => `event_text_${no}`;

/** Those of the span, the newest first. */
export function piecesDown(database: Database, { low, high }: Span): Piece[] {
  const pieces: Piece[] = [];
  let end = high;
  for (const [no, begin] of database.rows('SELECT no, low FROM pieces WHERE low < ? ORDER BY low DESC', high)) {
    pieces.push({ table: tableOf(Number(no)), low: Math.max(low, Number(begin)), high: end });
    end = Number(begin);
    if (end <= low) break;
  }
  return pieces;
}

/** Ids ascending: FTS5 begins a new segment at each step back. */
export function addTexts(database: Database, texts: readonly (readonly [number, string])[], pieceEvents: number): void {
  const pieces = database.rows('SELECT no, low FROM pieces ORDER BY low').map(([no, low]) => ({ no: Number(no), low: Number(low) }));
  if (texts.length === 0) return;
  if (pieces.length === 0) pieces.push(addPiece(database, 0));
  // What a wrong clock wrote far ahead has a piece of its own: the time of all the others goes on before it.
  const ahead = firstId(Date.now()) + IDS_PER_DAY;
  if ((texts.at(-1)?.[0] ?? 0) >= ahead && !pieces.some(({ low }) => low >= ahead)) pieces.push(addPiece(database, ahead));
  let at = 0;
  for (const [index, { no }] of pieces.entries()) {
    const end = pieces[index + 1]?.low ?? LAST_ID;
    const begin = at;
    while (at < texts.length && (texts[at]?.[0] ?? 0) < end) at++;
    if (at === begin) continue;
    insertTexts(database, tableOf(no), texts.slice(begin, at));
    database.run('UPDATE pieces SET events = events + ? WHERE no = ?', at - begin, no);
    if (Number(database.row('SELECT events FROM pieces WHERE no = ?', no)?.[0]) < pieceEvents) continue;
    // Where time goes on: behind the last one, or before the one that is ahead.
    const low = Number(database.row('SELECT max(id) FROM events WHERE id < ?', end)?.[0]) + 1;
    if (end - low > IDS_PER_HOUR) addPiece(database, low);
  }
}

function addPiece(database: Database, low: number): { no: number; low: number } {
  const no = Number(database.row('SELECT coalesce(max(no), 0) FROM pieces')?.[0]) + 1;
  database.run(`CREATE VIRTUAL TABLE ${tableOf(no)} USING ${TEXT_TABLE}`);
  // Bytes of words held in memory before they are written: fewer, larger segments to merge.
  database.run(`INSERT INTO ${tableOf(no)}(${tableOf(no)}, rank) VALUES('hashsize', 33554432)`);
  database.run('INSERT INTO pieces VALUES(?, ?, 0)', no, low);
  return { no, low };
}
