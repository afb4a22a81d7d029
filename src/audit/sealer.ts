/** Seals one session's log while it is written: soon after its start, every few minutes, and at its end. Never in the way of a decision. */
import { dirname } from 'node:path';
import { SealKey } from './seal-key.ts';
import { appendLedger, appendSeal, makeSeal, type SealKind, type SignedSeal } from './seals.ts';
import type { AuditWriter } from './writer.ts';

/** The first seal waits until the agent has started. */
const FIRST_MS = 1000;
const INTERVAL_MS = 3 * 60_000;

export interface SealerOptions {
  readonly onFailure: (what: string, error: unknown) => void;
  readonly firstMs?: number;
  readonly intervalMs?: number;
}

export class Sealer {
  readonly #audit: AuditWriter;
  readonly #session: string;
  readonly #options: SealerOptions;
  #key: SealKey | undefined;
  #timer: NodeJS.Timeout;
  #sealed = -1;
  #isClosed = false;

  constructor(audit: AuditWriter, session: string, options: SealerOptions) {
    this.#audit = audit;
    this.#session = session;
    this.#options = options;
    this.#timer = this.#after(options.firstMs ?? FIRST_MS);
  }

  #after(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#sealSoon(), ms).unref();
  }

  /** The log is brought to the disk first, by another thread: a seal must not know more than the disk does. */
  #sealSoon(): void {
    const kind = this.#sealed < 0 ? 'start' : 'interval';
    const state = this.#audit.state;
    this.#timer = this.#after(this.#options.intervalMs ?? INTERVAL_MS);
    if (state.events === this.#sealed) return;
    this.#audit.sync((error) => {
      if (this.#isClosed) return;
      this.#attempt(() => {
        if (error !== null) throw error;
        this.#append(kind, state);
      });
    });
  }

  #append(kind: SealKind, state: AuditWriter['state']): void {
    const sessions = dirname(this.#audit.file);
    this.#key ??= SealKey.open(sessions);
    const seal: SignedSeal = makeSeal(this.#key, { kind, session: this.#session, ...state, time: new Date().toISOString() });
    appendSeal(this.#audit.file, seal);
    if (kind !== 'interval') appendLedger(sessions, seal);
    this.#sealed = state.events;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onFailure('the log could not be sealed', error);
    }
  }

  /** The last seal, before the log is closed, while the disk writes beside what else ends. A failure is reported and shows in `verify`. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const { state } = this.#audit;
    // Nothing was written: there is nothing to vouch for.
    if (state.events === 0) return Promise.resolve();
    const synced = new Promise<Error | null>((resolve) => {
      this.#audit.sync(resolve);
    });
    this.#attempt(() => {
      this.#key ??= SealKey.open(dirname(this.#audit.file));
    });
    return synced.then((error) =>
      this.#attempt(() => {
        if (error !== null) throw error;
        // Without a key that was said already.
        if (this.#key !== undefined) this.#append('end', state);
      }),
    );
  }
}
