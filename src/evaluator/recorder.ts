/** Events go to the audit log: at once where an action waits for its record, after the answer where it does not. */
import type { AuditWriter, EventFacts } from '../audit/writer.ts';

export class Recorder {
  /** Actions that could not be recorded. */
  unrecorded = 0;
  readonly #audit: AuditWriter;
  readonly #onFailure: (what: string, error: unknown) => void;
  readonly #waiting: EventFacts[] = [];

  constructor(audit: AuditWriter, onFailure: (what: string, error: unknown) => void) {
    this.#audit = audit;
    this.#onFailure = onFailure;
  }

  /** After the answer has gone out: for what is allowed whether it can be recorded or not. */
  recordSoon(facts: EventFacts): undefined {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(facts);
  }

  /** Writes what waits, so that events stand in the order of the decisions. */
  flush(): void {
    for (const facts of this.#waiting.splice(0)) this.#append(facts);
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
