/** Events go to the audit log: at once where an action waits for its record, after the answer where it does not. */
import { ReadCoalescer, WINDOW_MS } from '../audit/coalesce.ts';
import type { AuditWriter, EventFacts } from '../audit/writer.ts';

export class Recorder {
  /** Actions that could not be recorded. */
  unrecorded = 0;
  readonly #audit: AuditWriter;
  readonly #onFailure: (what: string, error: unknown) => void;
  readonly #waiting: EventFacts[] = [];
  readonly #reads = new ReadCoalescer();
  #timer: NodeJS.Timeout | undefined;

  constructor(audit: AuditWriter, onFailure: (what: string, error: unknown) => void) {
    this.#audit = audit;
    this.#onFailure = onFailure;
  }

  /** After the answer has gone out: for what is allowed whether it can be recorded or not. */
  recordSoon(facts: EventFacts): undefined {
    // What must be on the disk before its answer is never only counted: `record` does not ask.
    if (this.#reads.counts(facts)) return;
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(facts);
  }

  /** Writes what waits, so that events stand in the order of the decisions. */
  flush(): void {
    for (const facts of this.#waiting.splice(0)) {
      if (this.#append(facts) !== undefined) continue;
      this.#reads.remember(facts);
    }
    if (!this.#reads.isEmpty) this.#timer ??= setTimeout(() => this.#writeCounts(false), WINDOW_MS).unref();
  }

  /** At the end of the session: the counts, too. */
  finish(): void {
    this.flush();
    this.#writeCounts(true);
  }

  #writeCounts(isEnd: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const facts of this.#reads.take(isEnd)) this.#append(facts);
    if (!this.#reads.isEmpty) this.#timer = setTimeout(() => this.#writeCounts(false), WINDOW_MS).unref();
  }

  /** Why it could not be recorded, undefined when it was. */
  record(facts: EventFacts): string | undefined {
    this.flush();
    return this.#append(facts);
  }

  #append(facts: EventFacts): string | undefined {
    try {
      this.#audit.append(facts);
      return undefined;
    } catch (error) {
      this.unrecorded++;
      this.#onFailure('an action could not be recorded', error);
      return `it could not be recorded: ${(error as Error).message}`;
    }
  }
}
