/** Some lines of one session's log into the index, within one transaction. */
import type { AuditEvent } from '../event.ts';
import type { SessionLog } from '../reader.ts';
import { insertMany } from './bulk.ts';
import type { Database } from './database.ts';
import type { FacetCounts } from './facets.ts';
import { type LineFacts, readFacts } from './facts.ts';
import type { Intern, Numbers } from './intern.ts';
import { linesFrom } from './line-pieces.ts';
import { firstId, quarterOf, slotOf } from './schema.ts';
import { Timestamps } from './timestamps.ts';

/** Rows held before they are inserted. */
const ROWS = 128;
const COLUMNS = 4;

// Not "or abort": that would open a statement journal, at which FTS5 writes out what it holds in memory.
const insertEvents = (rows: number): string => `INSERT OR IGNORE INTO events(id, kind, reason, at) VALUES ${Array(rows).fill('(?,?,?,?)').join(',')}`;
const INSERT_FULL = insertEvents(ROWS);

export interface SessionRow {
  readonly no: number;
  readonly offset: number;
  readonly lines: number;
}

/** What batches hold for whoever ends the transaction. */
export interface Held {
  /** Words of events. */
  readonly texts: [number, string][];
  readonly facets: FacetCounts;
}

interface Process {
  ppid: number | null;
  command: number | null;
  readonly first: number;
  last: number;
  events: number;
  denied: number;
}

export class Batch {
  events = 0;
  offset: number;
  readonly #database: Database;
  readonly #intern: Intern;
  readonly #session: SessionRow;
  #rows: number[] = [];
  #held: string[] = [];
  readonly #texts: Held['texts'];
  readonly #facets: FacetCounts;
  readonly #repeats: [number, number][] = [];
  /** By kind and quarter of an hour: events, times, last id. */
  readonly #quarters = new Map<number, Map<number, [number, number, number]>>();
  readonly #reasons = new Map<Numbers, number>();
  readonly #processes = new Map<number, Process>();
  readonly #timestamps = new Timestamps();
  #lines: number;
  #denied = 0;
  #unreadable = 0;
  #lastId = -1;
  #first: AuditEvent | undefined;
  #last: LineFacts | undefined;
  /** Hash of the last line, empty when that is no event. */
  #head = '';
  #end: AuditEvent | undefined;

  constructor(database: Database, intern: Intern, session: SessionRow, { texts, facets }: Held) {
    this.#database = database;
    this.#texts = texts;
    this.#facets = facets;
    this.#intern = intern;
    this.#session = session;
    this.offset = session.offset;
    this.#lines = session.lines;
  }

  /** Returns when the log is read to its end, or there are enough events. */
  read(log: SessionLog, eventsLimit: number): void {
    for (const { text, at, length } of linesFrom(log.file, this.offset)) {
      this.offset = at + length + 1;
      this.#lines++;
      const facts = length === 0 ? undefined : readFacts(text);
      if (facts === undefined || !this.#add(facts, at)) {
        if (length > 0) this.#unreadable++;
        this.#head = '';
      } else this.#head = facts.hash;
      if (this.events >= eventsLimit) break;
    }
    this.#flush();
    this.#store();
  }

  /** False for what turns out to be no event. */
  #add(facts: LineFacts, at: number): boolean {
    const numbers = this.#intern.numbersOf(facts);
    const ms = this.#timestamps.parse(facts.timestamp);
    if (numbers === undefined || Number.isNaN(ms)) return false;
    const { kind, reason, action, isDenied, mark } = numbers;
    const id = this.#idOf(ms);
    this.#rows.push(id, kind, reason, at);
    this.#held.push(mark + facts.words);
    if (facts.times !== 1) this.#repeats.push([this.#held.length - 1, facts.times]);
    this.#count(numbers, id, facts.times);
    this.#seeProcess(facts, id, { isDenied, isCommand: action === 'command_execute' || action === 'session_start' });
    this.events++;
    if (isDenied) this.#denied++;
    if (action === 'session_start') this.#first ??= facts.whole();
    if (action === 'session_end') this.#end = facts.whole();
    this.#last = facts;
    if (this.#held.length === ROWS) this.#flush();
    return true;
  }

  /** In the session's order within a millisecond. */
  #idOf(ms: number): number {
    const first = firstId(ms) + slotOf(this.#session.no);
    const isSameMs = this.#lastId >= first && this.#lastId < first + 1024;
    this.#lastId = isSameMs ? this.#lastId + 1 : first;
    return this.#lastId;
  }

  #count(numbers: Numbers, id: number, times: number): void {
    const { kind } = numbers;
    const known = this.#quarters.get(kind);
    const quarters = known ?? new Map<number, [number, number, number]>();
    if (known === undefined) this.#quarters.set(kind, quarters);
    const quarter = quarterOf(id);
    const counts = quarters.get(quarter);
    if (counts === undefined) quarters.set(quarter, [1, times, id]);
    else {
      counts[0]++;
      counts[1] += times;
      counts[2] = Math.max(counts[2], id);
    }
    this.#reasons.set(numbers, (this.#reasons.get(numbers) ?? 0) + 1);
  }

  #seeProcess({ pid, ppid, times }: LineFacts, id: number, { isDenied, isCommand }: { isDenied: boolean; isCommand: boolean }): void {
    const known = this.#processes.get(pid);
    const process = known ?? { ppid: null, command: null, first: id, last: id, events: 0, denied: 0 };
    if (known === undefined) this.#processes.set(pid, process);
    process.ppid = ppid ?? process.ppid;
    process.last = id;
    process.events += times;
    if (isDenied) process.denied++;
    else if (isCommand) process.command = id;
  }

  #flush(): void {
    const rows = this.#held.length;
    if (rows === 0) return;
    if (this.#database.run(rows === ROWS ? INSERT_FULL : insertEvents(rows), ...this.#rows) < rows) this.#insertDropped();
    for (let row = 0; row < rows; row++) this.#texts.push([this.#rows[row * COLUMNS] ?? 0, this.#held[row] ?? '']);
    for (const repeat of this.#repeats.splice(0)) this.#database.run('INSERT INTO repeats VALUES(?, ?)', this.#rows[repeat[0] * COLUMNS] ?? 0, repeat[1]);
    this.#rows = [];
    this.#held = [];
  }

  /** Another session has an event at the same place of time: the next free one is taken. */
  #insertDropped(): void {
    for (let at = 0; at < this.#rows.length; at += COLUMNS) {
      const [id = 0, kind = 0, reason = 0, offset = 0] = this.#rows.slice(at, at + COLUMNS);
      if (this.#database.row('SELECT 1 FROM events WHERE id = ? AND reason = ? AND at = ?', id, reason, offset) !== undefined) continue;
      let free = id;
      while (this.#database.row('SELECT 1 FROM events WHERE id = ?', free) !== undefined) free++;
      this.#rows[at] = free;
      this.#database.run(insertEvents(1), free, kind, reason, offset);
    }
  }

  /** Into the facets; what it returns is by kind and hour. */
  #countQuarters(): number[][] {
    const hours = new Map<string, [number, number, number, number, number]>();
    for (const [kind, quarters] of this.#quarters) {
      const facts = this.#intern.factsOf(kind);
      for (const [quarter, [events, times, last]] of quarters) {
        this.#facets.add(facts, { quarter, events, times, last });
        const hour = Math.floor(quarter / 4);
        const counts = hours.get(`${kind} ${hour}`) ?? [kind, hour, 0, 0, 0];
        hours.set(`${kind} ${hour}`, [kind, hour, counts[2] + events, counts[3] + times, Math.max(counts[4], last)]);
      }
    }
    return [...hours.values()];
  }

  #store(): void {
    const { no } = this.#session;
    this.#intern.store(this.#reasons);
    const hours = this.#countQuarters();
    insertMany(this.#database, 'INSERT INTO hours VALUES', hours, ' ON CONFLICT DO UPDATE SET events = events + excluded.events, times = times + excluded.times, last = max(last, excluded.last)');
    const processes = [...this.#processes].map(([pid, { ppid, first, last, command, events, denied }]) => [no, pid, ppid, first, last, command, events, denied]);
    insertMany(this.#database, 'INSERT INTO processes VALUES', processes, ' ON CONFLICT DO UPDATE SET ppid = coalesce(excluded.ppid, ppid), command = coalesce(excluded.command, command), last = excluded.last, events = events + excluded.events, denied = denied + excluded.denied');
    this.#database.run('UPDATE sessions SET offset = ?, lines = ?, head = ?, events = events + ?, denied = denied + ?, unreadable = unreadable + ? WHERE no = ?', this.offset, this.#lines, this.#head, this.events, this.#denied, this.#unreadable, no);
    if (this.#last === undefined) return;
    const start = this.#first ?? this.#last.whole();
    if (start !== undefined) {
      const { agent, project, target, timestamp } = start;
      const sql = `UPDATE sessions SET agent = ?, project = ?, path = ?, command = ?, started = ? WHERE no = ?${this.#first === undefined ? " AND started = ''" : ''}`;
      this.#database.run(sql, agent, project.name, project.path, this.#first === undefined ? '' : (target.command ?? ''), timestamp, no);
    }
    this.#database.run('UPDATE sessions SET last = ? WHERE no = ?', this.#last.timestamp, no);
    if (this.#end !== undefined) this.#database.run('UPDATE sessions SET ended = ?, outcome = ? WHERE no = ?', this.#end.timestamp, this.#end.decision.reason, no);
  }
}
