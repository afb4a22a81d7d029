/** Some lines of one session's log into the index, within one transaction. */
import type { AuditEvent } from '../event.ts';
import { parseEvent, type SessionLog } from '../reader.ts';
import { insertMany, insertTexts } from './bulk.ts';
import type { Database } from './database.ts';
import type { Intern } from './intern.ts';
import { linesFrom } from './line-pieces.ts';
import { firstId, hourOf, slotOf } from './schema.ts';
import { targetWords } from './words.ts';

const EVENTS_LIMIT = 50_000;
const BYTES_LIMIT = 64 * 1024 * 1024;
/** Rows held before they are inserted. */
const ROWS = 64;

// Not "or abort": that would open a statement journal, at which FTS5 writes out what it holds in memory.
const INSERT_EVENTS = 'INSERT OR IGNORE INTO events(id, kind, reason, at, length, times) VALUES';

type EventRow = [id: number, kind: number, reason: number, at: number, length: number, times: number];

export interface SessionRow {
  readonly no: number;
  readonly offset: number;
  readonly lines: number;
}

interface Process {
  ppid: number | null;
  exe: string | null;
  command: string | null;
  first: string;
  last: string;
  events: number;
  denied: number;
}

export class Batch {
  events = 0;
  offset: number;
  readonly #database: Database;
  readonly #intern: Intern;
  readonly #session: SessionRow;
  readonly #rows: EventRow[] = [];
  readonly #held: string[] = [];
  readonly #texts: [number, string][] = [];
  readonly #hours = new Map<number, Map<number, [number, number]>>();
  readonly #reasons = new Map<number, number>();
  readonly #processes = new Map<number, Process>();
  #lines: number;
  #denied = 0;
  #unreadable = 0;
  #lastId = -1;
  #first: AuditEvent | undefined;
  #last: AuditEvent | undefined;
  /** Hash of the last line, empty when that is no event. */
  #head = '';
  #end: AuditEvent | undefined;

  constructor(database: Database, intern: Intern, session: SessionRow) {
    this.#database = database;
    this.#intern = intern;
    this.#session = session;
    this.offset = session.offset;
    this.#lines = session.lines;
  }

  /** Returns when the log is read to its end, or a batch is full. */
  read(log: SessionLog): void {
    for (const { text, at, length } of linesFrom(log.file, this.offset)) {
      this.offset = at + length + 1;
      this.#lines++;
      const event = length === 0 ? undefined : parseEvent(text);
      const isEvent = event !== undefined && isWhole(event);
      if (isEvent) this.#add(event, at, length);
      else if (length > 0) this.#unreadable++;
      this.#head = isEvent ? event.hash : '';
      if (this.events >= EVENTS_LIMIT || this.offset - this.#session.offset >= BYTES_LIMIT) break;
    }
    this.#flush();
    this.#store();
  }

  #add(event: AuditEvent, at: number, length: number): void {
    const { kind, reason } = this.#intern.numbersOf(event);
    const id = this.#idOf(event);
    const times = event.repeat?.count ?? 1;
    this.#rows.push([id, kind, reason, at, length, times]);
    this.#held.push(targetWords(event));
    this.#count(kind, reason, id, times);
    this.#seeProcess(event, times);
    this.events++;
    if (event.status === 'denied') this.#denied++;
    if (event.action === 'session_start') this.#first ??= event;
    if (event.action === 'session_end') this.#end = event;
    this.#last = event;
    if (this.#rows.length === ROWS) this.#flush();
  }

  /** In the session's order within a millisecond. */
  #idOf(event: AuditEvent): number {
    const ms = Date.parse(event.timestamp);
    const first = firstId(ms) + slotOf(this.#session.no);
    const isSameMs = this.#lastId >= first && this.#lastId < first + 1024;
    this.#lastId = isSameMs ? this.#lastId + 1 : first;
    return this.#lastId;
  }

  #count(kind: number, reason: number, id: number, times: number): void {
    const hours = this.#hours.get(kind) ?? new Map<number, [number, number]>();
    this.#hours.set(kind, hours);
    const hour = hourOf(id);
    const counts = hours.get(hour);
    if (counts === undefined) hours.set(hour, [1, times]);
    else {
      counts[0]++;
      counts[1] += times;
    }
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  #seeProcess(event: AuditEvent, times: number): void {
    const { pid, ppid, exe } = event.process;
    const known = this.#processes.get(pid);
    const process = known ?? { ppid: null, exe: null, command: null, first: event.timestamp, last: '', events: 0, denied: 0 };
    if (known === undefined) this.#processes.set(pid, process);
    process.ppid = ppid ?? process.ppid;
    process.exe = exe ?? process.exe;
    process.last = event.timestamp;
    process.events += times;
    if (event.status === 'denied') process.denied++;
    else if (event.action === 'command_execute' || event.action === 'session_start') process.command = event.target.command ?? process.command;
  }

  #flush(): void {
    if (insertMany(this.#database, INSERT_EVENTS, this.#rows) < this.#rows.length) this.#insertDropped();
    for (const [at, [id]] of this.#rows.entries()) this.#texts.push([id, this.#held[at] ?? '']);
    this.#rows.length = 0;
    this.#held.length = 0;
  }

  /** Another session has an event at the same place of time: the next free one is taken. */
  #insertDropped(): void {
    for (const row of this.#rows) {
      const isThere = (): boolean => this.#database.row('SELECT 1 FROM events WHERE id = ? AND (reason <> ? OR at <> ?)', row[0], row[2], row[3]) !== undefined;
      if (!isThere()) continue;
      while (this.#database.row('SELECT 1 FROM events WHERE id = ?', row[0]) !== undefined) row[0]++;
      insertMany(this.#database, INSERT_EVENTS, [row]);
    }
  }

  #store(): void {
    const { no } = this.#session;
    this.#intern.store(this.#reasons);
    const hours = [...this.#hours].flatMap(([kind, counts]) => [...counts].map(([hour, [events, times]]) => [kind, hour, events, times]));
    insertMany(this.#database, 'INSERT INTO hours VALUES', hours, ' ON CONFLICT DO UPDATE SET events = events + excluded.events, times = times + excluded.times');
    const processes = [...this.#processes].map(([pid, { ppid, exe, command, first, last, events, denied }]) => [no, pid, ppid, exe, command, first, last, events, denied]);
    insertMany(this.#database, 'INSERT INTO processes VALUES', processes, ' ON CONFLICT DO UPDATE SET ppid = coalesce(excluded.ppid, ppid), exe = coalesce(excluded.exe, exe), command = coalesce(excluded.command, command), last = excluded.last, events = events + excluded.events, denied = denied + excluded.denied');
    insertTexts(this.#database, 'event_text', this.#texts);
    this.#database.run('UPDATE sessions SET offset = ?, lines = ?, head = ?, events = events + ?, denied = denied + ?, unreadable = unreadable + ? WHERE no = ?', this.offset, this.#lines, this.#head, this.events, this.#denied, this.#unreadable, no);
    if (this.#first !== undefined) {
      const { agent, project, target, timestamp } = this.#first;
      this.#database.run('UPDATE sessions SET agent = ?, project = ?, path = ?, command = ?, started = ? WHERE no = ?', agent, project.name, project.path, target.command ?? '', timestamp, no);
    }
    if (this.#last !== undefined) this.#database.run("UPDATE sessions SET last = ?, agent = iif(agent = '', ?, agent), started = iif(started = '', ?, started) WHERE no = ?", this.#last.timestamp, this.#last.agent, this.#last.timestamp, no);
    if (this.#end !== undefined) this.#database.run('UPDATE sessions SET ended = ?, outcome = ? WHERE no = ?', this.#end.timestamp, this.#end.decision.reason, no);
  }
}

/** A log may have been written by somebody else: what is no event in full is counted as unreadable. */
function isWhole({ timestamp, risk, target, decision, process, project, agent, status }: AuditEvent): boolean {
  return !Number.isNaN(Date.parse(timestamp)) && Array.isArray(risk?.flags) && typeof target?.type === 'string' && typeof decision?.reason === 'string' && Number.isSafeInteger(process?.pid) && typeof project?.path === 'string' && typeof agent === 'string' && typeof status === 'string';
}
