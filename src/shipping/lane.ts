/** One destination: a bounded queue, batches, and new tries after pauses that grow. A slow one holds up no other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '../audit/event.ts';

export interface Outgoing {
  readonly event: AuditEvent;
  /** As it stands in the log. */
  readonly line: string;
}

export interface Sender {
  /** For people. */
  readonly name: string;
  /** Resolves with how many were refused; rejects when it may be tried again, with RefusedError when not. */
  send(events: readonly Outgoing[]): Promise<number>;
  close(): Promise<unknown>;
}

/** The same batch would be refused again. */
export class RefusedError extends Error {}

const BATCH = 200;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 15_000;

export interface LaneReport {
  readonly name: string;
  readonly sent: number;
  readonly dropped: number;
  readonly waiting: number;
  readonly lastError: string | undefined;
}

export class Lane {
  readonly #sender: Sender;
  readonly #limit: number;
  readonly #accepts: (event: AuditEvent) => boolean;
  readonly #queue: Outgoing[] = [];
  readonly #stop = new AbortController();
  #sent = 0;
  #dropped = 0;
  #lastError: string | undefined;
  #work: Promise<void> | undefined;

  constructor(sender: Sender, limit: number, accepts: (event: AuditEvent) => boolean) {
    this.#sender = sender;
    this.#limit = limit;
    this.#accepts = accepts;
  }

  add(outgoing: Outgoing): void {
    if (!this.#accepts(outgoing.event)) return;
    if (this.#queue.length >= this.#limit) this.#dropped++;
    else this.#queue.push(outgoing);
    this.#work ??= this.#drain().finally(() => {
      this.#work = undefined;
    });
  }

  async #drain(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    // What comes in the same turn goes out together.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#queue.slice(0, BATCH);
      try {
        const refused = await this.#sender.send(batch);
        this.#queue.splice(0, batch.length);
        this.#sent += batch.length - refused;
        this.#dropped += refused;
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        this.#lastError = (error as Error).message || String(error);
        if (error instanceof RefusedError) {
          this.#queue.splice(0, batch.length);
          this.#dropped += batch.length;
          continue;
        }
        await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {});
        pause = Math.min(2 * pause, LAST_PAUSE_MS);
      }
    }
  }

  get report(): LaneReport {
    return { name: this.#sender.name, sent: this.#sent, dropped: this.#dropped, waiting: this.#queue.length, lastError: this.#lastError };
  }

  /** What cannot be delivered within the time is counted as waiting. */
  async close(limitMs: number): Promise<LaneReport> {
    await Promise.race([this.#work, sleep(limitMs, undefined, { ref: false })]);
    this.#stop.abort();
    const { report } = this;
    await Promise.race([this.#sender.close(), sleep(500)]);
    return report;
  }
}
