/** What happens now, told to every open page: denials at once, the rest in short sums, running sessions when they change. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { followLog } from '../audit/follow.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { DashboardData, DashboardSystem, Reading } from './data.ts';
import { toRow } from './row.ts';
import { RunningSessions } from './running.ts';
import type { EventRow, LiveMessages } from './views.ts';

/** Milliseconds between two tellings. */
const PULSE_MS = 150;
/** Milliseconds between two looks at the processes. */
const PROCESSES_MS = 1000;
/** Milliseconds after which a page is told how far the reading of the logs is, and between two readings. */
const READ_MS = 60;
const READ_PAUSE_MS = 200;
/** Bytes behind which a page is told how far the reading is. */
const BEHIND = 8 * 1024 * 1024;
/** Milliseconds after which a silent connection is told that it lives. */
const ALIVE_MS = 15_000;
/** Denials told one by one in one telling; a flood is in the log. */
const DENIALS_LIMIT = 50;
/** Bytes that may wait for a page that does not read; then it is let go, and comes back for the whole picture. */
const WAITING_LIMIT = 4 * 1024 * 1024;

export class LiveStream {
  readonly #data: DashboardData;
  readonly #system: DashboardSystem;
  readonly #running: RunningSessions;
  readonly #pages = new Set<ServerResponse>();
  readonly #stop = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  readonly #begun = Date.now();
  #denials: EventRow[] = [];
  #skipped = 0;
  #actions = 0;
  #denied = 0;
  #sessions = new Set<string>();
  #lastRunning = '';
  #lastReading = '';
  /** Bytes of the logs that the pages know to be in the index. */
  #indexed = -1;
  /** Pages may have asked before everything was read, and were not told yet that it is. */
  #isUntold = true;

  constructor(data: DashboardData, system: DashboardSystem) {
    this.#data = data;
    this.#system = system;
    this.#running = new RunningSessions(data, system);
    followLog({}, (event) => this.#take(event), { signal: this.#stop.signal, isNewOnly: true }).catch(() => this.close());
    void this.#read();
    this.#timers = [
      setInterval(() => this.#pulse(), PULSE_MS),
      setInterval(() => void this.#look(), PROCESSES_MS),
      setInterval(() => this.#tellAll(': alive\n\n'), ALIVE_MS),
    ];
  }

  /** The response is the page's until it goes away. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write(message('hello', { version: this.#system.version, time: Date.now() }));
    for (const last of [this.#lastRunning, this.#lastReading]) if (last !== '') response.write(last);
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
    void this.#look();
  }

  close(): void {
    this.#stop.abort();
    for (const timer of this.#timers) clearInterval(timer);
    for (const page of this.#pages) page.end();
    this.#pages.clear();
  }

  #take(event: AuditEvent): void {
    // What was there before is told by the views.
    if (Date.parse(event.timestamp) < this.#begun) return;
    this.#sessions.add(event.session_id);
    if (event.action === 'session_start' || event.action === 'session_end') return void this.#look();
    this.#actions++;
    this.#running.note(event);
    if (event.status !== 'denied') return;
    this.#denied++;
    if (this.#denials.length < DENIALS_LIMIT) this.#denials.push(toRow(event));
    else this.#skipped++;
  }

  /** Keeps the index close behind the logs. */
  async #read(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { bytes, indexed, isDone, problem }: Reading = await this.#data.refresh(READ_MS).catch((error: Error) => ({ bytes: 0, indexed: 0, isDone: false, problem: error.message }));
      const isBehind = problem === undefined && !isDone && bytes - indexed > BEHIND;
      const text = problem !== undefined ? message('reading', { bytes, indexed, problem }) : isBehind || (isDone && this.#isUntold) ? message('reading', { bytes: isDone ? indexed : bytes, indexed }) : '';
      if (text !== '' && text !== this.#lastReading) this.#tellAll(text);
      // A tick may have come before its events were in the index: the views are asked for once more.
      if (isDone && indexed !== this.#indexed) this.#tellAll(message('tick', { actions: 0, denied: 0, sessions: [], time: Date.now() }));
      if (isDone) this.#indexed = indexed;
      // What is wrong is taken back by a word that all is read.
      if (isBehind || isDone || problem !== undefined) this.#isUntold = !isDone;
      this.#lastReading = isBehind || problem !== undefined ? text : '';
      await sleep(isBehind ? READ_MS / 4 : READ_PAUSE_MS);
    }
  }

  #pulse(): void {
    if (this.#sessions.size === 0) return;
    if (this.#denials.length > 0) this.#tellAll(message('denials', { rows: this.#denials, skipped: this.#skipped }));
    this.#tellAll(message('tick', { actions: this.#actions, denied: this.#denied, sessions: [...this.#sessions], time: Date.now() }));
    this.#denials = [];
    this.#sessions = new Set();
    this.#skipped = this.#actions = this.#denied = 0;
  }

  async #look(): Promise<void> {
    if (this.#pages.size === 0) return;
    const text = message('running', { sessions: await this.#running.look() });
    if (text === this.#lastRunning) return;
    this.#lastRunning = text;
    this.#tellAll(text);
  }

  #tellAll(text: string): void {
    for (const page of this.#pages) {
      if (page.writableLength > WAITING_LIMIT) page.destroy();
      else page.write(text);
    }
  }
}

function message<Name extends keyof LiveMessages>(name: Name, value: LiveMessages[Name]): string {
  // JSON has no raw line feeds, so one line is one message.
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
