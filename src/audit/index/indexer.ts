/**
 * Brings the index up to date with the logs, whoever reads first. Each batch is a transaction that begins where the one
 * before ended, so that it can stop, be killed, or run in several processes at any time.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listSessions, type SessionLog } from '../reader.ts';
import { Batch, type Held, type SessionRow } from './batch.ts';
import type { Database, Row } from './database.ts';
import { countAgain, FacetCounts } from './facets.ts';
import type { Progress, RefreshOptions } from './filter.ts';
import { Intern } from './intern.ts';
import { addTexts, PIECE_EVENTS } from './pieces.ts';
import { IDS_PER_HOUR, LAST_ID } from './schema.ts';

/** In one transaction: other writers wait for its end. */
const EVENTS_LIMIT = 40_000;
/** Somebody who has little time has smaller ones: this many events for each millisecond. */
const EVENTS_PER_MS = 20;
const EVENTS_LEAST = 1000;

/** A log is not any more what was indexed: the index has to be made anew. */
export class StaleIndex extends Error {}

interface Work {
  readonly log: SessionLog;
  readonly size: number;
  indexed: number;
  /** Nothing more can be read: a last line is not finished yet. */
  isAtEnd?: boolean;
}

export class Indexer {
  readonly #database: Database;
  readonly #folder: string;
  /** What is known of the session that was indexed last, as long as nobody else writes. */
  #intern: { readonly session: number; readonly version: number; readonly numbers: Intern } | undefined;

  constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** Throws StaleIndex. */
  async refresh({ limitMs = Number.POSITIVE_INFINITY, signal, onProgress, pieceEvents = PIECE_EVENTS }: RefreshOptions = {}): Promise<Progress> {
    const begun = performance.now();
    const logs = listSessions(this.#folder);
    const known = new Map(this.#database.rows('SELECT id, offset, isGone FROM sessions').map(([id, offset, isGone]) => [String(id), { offset: Number(offset), isGone: isGone !== 0 }]));
    const works = logs.map((log): Work => ({ log, size: sizeOf(log.file), indexed: known.get(log.id)?.offset ?? 0 }));
    if (works.some(({ log, size, indexed }) => size < indexed || known.get(log.id)?.isGone === true)) throw new StaleIndex();
    this.#buryGone(known, new Set(logs.map(({ id }) => id)));
    const progress = { bytes: works.reduce((sum, { size }) => sum + size, 0), indexed: works.reduce((sum, { indexed }) => sum + indexed, 0), added: 0 };
    const eventsLimit = Math.min(EVENTS_LIMIT, Math.max(EVENTS_LEAST, limitMs * EVENTS_PER_MS));
    let left = works.filter(({ indexed, size }) => indexed < size);
    if (left.length > 0) onProgress?.(progress);
    while (left.length > 0 && signal?.aborted !== true && performance.now() - begun <= limitMs) {
      const { added, bytes } = this.#indexSome(left, eventsLimit, pieceEvents);
      progress.added += added;
      progress.indexed += bytes;
      left = left.filter(({ indexed, size, isAtEnd }) => indexed < size && !isAtEnd);
      onProgress?.(progress);
      await nextTurn();
    }
    return progress;
  }

  /** One transaction: of one long log, or of several short ones. */
  #indexSome(works: readonly Work[], eventsLimit: number, pieceEvents: number): { added: number; bytes: number } {
    try {
      return this.#database.transact(() => {
        const held: Held = { texts: [], facets: new FacetCounts() };
        const { texts } = held;
        let bytes = 0;
        for (const work of works) {
          const session = this.#sessionOf(work.log);
          const batch = new Batch(this.#database, this.#internOf(session.no), session, held);
          batch.read(work.log, eventsLimit - texts.length);
          bytes += batch.offset - work.indexed;
          work.isAtEnd = batch.offset === session.offset;
          work.indexed = batch.offset;
          if (texts.length >= eventsLimit) break;
        }
        addTexts(this.#database, texts.sort((a, b) => a[0] - b[0]), pieceEvents);
        held.facets.store(this.#database);
        return { added: texts.length, bytes };
      });
    } catch (error) {
      this.#intern = undefined;
      throw error;
    }
  }

  #internOf(session: number): Intern {
    const version = this.#database.dataVersion();
    if (this.#intern?.session !== session || this.#intern.version !== version) this.#intern = { session, version, numbers: new Intern(this.#database, session) };
    return this.#intern.numbers;
  }

  /** Read within the transaction: another process may have come further since. */
  #sessionOf(log: SessionLog): SessionRow {
    const read = (): Row | undefined => this.#database.row('SELECT no, offset, lines, head FROM sessions WHERE id = ?', log.id);
    let row = read();
    if (row === undefined) {
      this.#database.run('INSERT INTO sessions(id) VALUES(?)', log.id);
      row = read();
    }
    const [no, offset, lines, head] = (row ?? []) as [number, number, number, string];
    if (!endsWithHash(log.file, offset, head)) throw new StaleIndex();
    return { no, offset, lines };
  }

  /** Pruned logs leave the index; their words in the full text lead to nothing. */
  #buryGone(known: ReadonlyMap<string, { isGone: boolean }>, present: ReadonlySet<string>): void {
    const gone = [...known].filter(([id, { isGone }]) => !isGone && !present.has(id)).map(([id]) => id);
    if (gone.length === 0) return;
    this.#database.transact(() => {
      let first = LAST_ID;
      let last = 0;
      for (const id of gone) {
        const no = Number(this.#database.row('SELECT no FROM sessions WHERE id = ?', id)?.[0]);
        const [from, to] = this.#database.row('SELECT min(h.hour), max(h.hour) FROM kinds k CROSS JOIN hours h ON h.kind = k.no WHERE k.session = ?', no) ?? [];
        if (typeof from === 'number' && typeof to === 'number') [first, last] = [Math.min(first, from * IDS_PER_HOUR), Math.max(last, (to + 1) * IDS_PER_HOUR)];
        this.#database.run('DELETE FROM events WHERE kind IN (SELECT no FROM kinds WHERE session = ?)', no);
        this.#database.run('DELETE FROM kind_reasons WHERE kind IN (SELECT no FROM kinds WHERE session = ?)', no);
        this.#database.run('DELETE FROM hours WHERE kind IN (SELECT no FROM kinds WHERE session = ?)', no);
        this.#database.run('DELETE FROM kinds WHERE session = ?', no);
        this.#database.run('DELETE FROM processes WHERE session = ?', no);
        this.#database.run('UPDATE sessions SET isGone = 1, events = 0, denied = 0 WHERE no = ?', no);
      }
      if (first < last) countAgain(this.#database, { low: first, high: last });
    });
    this.#intern = undefined;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was indexed last still stands before the place where it goes on. */
function endsWithHash(file: string, offset: number, head: string): boolean {
  if (offset === 0 || head === '') return true;
  const expected = `"hash":"${head}"}\n`;
  const bytes = Buffer.alloc(Buffer.byteLength(expected));
  const fd = openSync(file, 'r');
  try {
    return readSync(fd, bytes, 0, bytes.length, offset - bytes.length) === bytes.length && bytes.toString() === expected;
  } finally {
    closeSync(fd);
  }
}
