/** Events go to the audit log: at once where an action waits for its record, after the answer where it does not. */
import { AheadNumbers } from '../audit/ahead.ts';
import { ReadCoalescer, WINDOW_MS } from '../audit/coalesce.ts';
import type { AuditWriter, EventFacts } from '../audit/writer.ts';

/** Milliseconds for which what need not be written before its answer is gathered, to be written together. */
const GATHER_MS = 5;
/** As many are written at once, whatever the time. */
const GATHER_LIMIT = 128;

/** Of a session's decisions. */
export interface Counts {
  allowed: number;
  denied: number;
}

export class Recorder {
  /** Actions that could not be recorded. */
  unrecorded = 0;
  /** Of those that were written ahead. */
  readonly ahead = new AheadNumbers();
  readonly #audit: AuditWriter;
  readonly #onFailure: (what: string, error: unknown) => void;
  #waiting: { readonly facts: EventFacts; readonly time: string }[] = [];
  readonly #reads = new ReadCoalescer();
  #timer: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;

  constructor(audit: AuditWriter, onFailure: (what: string, error: unknown) => void) {
    this.#audit = audit;
    this.#onFailure = onFailure;
  }

  /** After the answer has gone out: for what is allowed whether it can be recorded or not. */
  recordSoon(facts: EventFacts): undefined {
    // What must be on the disk before its answer is never only counted: `record` does not ask.
    if (this.#reads.counts(facts)) return;
    this.#waiting.push({ facts, time: this.#audit.now() });
    if (this.#waiting.length >= GATHER_LIMIT) this.flush();
    else this.#gathering ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Writes what waits, so that events stand in the order of the decisions. */
  flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#waiting.length === 0) return;
    const entries = this.#waiting;
    this.#waiting = [];
    if (this.#attempt(entries.length, () => this.#audit.appendAll(entries)) === undefined) {
      for (const { facts } of entries) {
        this.#reads.remember(facts);
        if (facts.decision.ahead !== undefined) this.ahead.add(facts.decision.ahead);
      }
    }
    if (!this.#reads.isEmpty) this.#timer ??= setTimeout(() => this.#writeCounts(false), WINDOW_MS).unref();
  }

  /** Of all that came before. */
  isAllWritten(): boolean {
    this.flush();
    return this.unrecorded === 0;
  }

  /** At the end of the session: the counts, too. */
  finish(): void {
    this.flush();
    this.#writeCounts(true);
  }

  #writeCounts(isEnd: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.flush();
    for (const facts of this.#reads.take(isEnd)) this.#append(facts);
    if (!this.#reads.isEmpty) this.#timer = setTimeout(() => this.#writeCounts(false), WINDOW_MS).unref();
  }

  /** Why it could not be recorded, undefined when it was. */
  record(facts: EventFacts): string | undefined {
    this.flush();
    return this.#append(facts);
  }

  #append(facts: EventFacts): string | undefined {
    return this.#attempt(1, () => this.#audit.append(facts));
  }

  #attempt(count: number, write: () => void): string | undefined {
    try {
      write();
      return undefined;
    } catch (error) {
      this.unrecorded += count;
      this.#onFailure(count === 1 ? 'an action could not be recorded' : `${count} actions could not be recorded`, error);
      return `it could not be recorded: ${(error as Error).message}`;
    }
  }
}
