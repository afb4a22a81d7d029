/** Hands events to the thread that ships them. For the thread that decides it is a push onto a list, bounded, and nothing else. */
import { Worker } from 'node:worker_threads';
import type { AuditEvent } from '../audit/event.ts';
import type { ShippingConfig } from './config.ts';
import type { LaneReport } from './lane.ts';
import type { FromWorker, ToWorker } from './worker.ts';

/** Milliseconds that events gather before they are handed over. */
const GATHER_MS = 50;
/** How long the end of a session waits for what is still under way. */
const CLOSE_MS = 2000;

export class Shipper {
  readonly #worker: Worker;
  readonly #limit: number;
  readonly #onFailure: (what: string, error: unknown) => void;
  readonly #shipments: number;
  #held: AuditEvent[] = [];
  /** Handed over, and not yet taken. */
  #underWay = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDead = false;
  #isClosed = false;

  constructor(config: ShippingConfig, onFailure: (what: string, error: unknown) => void) {
    this.#limit = config.queue;
    this.#shipments = config.shipments.length;
    this.#onFailure = onFailure;
    // The same place from dist/src/shipping and from dist/bundle/cli.
    this.#worker = new Worker(new URL('../../src/shipping/worker.js', import.meta.url), { workerData: config });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'taken') this.#underWay -= message.count;
    });
    this.#worker.on('error', (error) => {
      this.#isDead = true;
      onFailure('shipping of events ended', error);
    });
  }

  add(event: AuditEvent): void {
    if (this.#isDead || this.#held.length + this.#underWay >= this.#limit) {
      this.#dropped++;
      return;
    }
    this.#held.push(event);
    this.#timer ??= setTimeout(() => this.#handOver(), GATHER_MS).unref();
  }

  #handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#held.length === 0 || this.#isDead) return;
    const lines = this.#held.map((event) => JSON.stringify(event));
    this.#held = [];
    this.#underWay += lines.length;
    this.#worker.postMessage({ kind: 'lines', lines } satisfies ToWorker);
  }

  /** What to tell the user: nothing when all went out. */
  async close(): Promise<string[]> {
    if (this.#isClosed) return [];
    this.#isClosed = true;
    this.#handOver();
    const reports = this.#isDead ? [] : await this.#closeWorker();
    await this.#worker.terminate();
    const lines = reports.filter(({ dropped, waiting }) => dropped + waiting > 0).map(({ name, sent, dropped, waiting, lastError }) => `${dropped + waiting} of ${sent + dropped + waiting} events could not be shipped to ${name}${lastError === undefined ? '' : `: ${lastError}`}`);
    if (this.#dropped > 0) lines.push(`${this.#dropped} events were not shipped${this.#shipments > 1 ? ' anywhere' : ''}: they came faster than they could be handed over`);
    for (const line of lines) this.#onFailure('shipping', new Error(line));
    return lines;
  }

  #closeWorker(): Promise<readonly LaneReport[]> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve([]), CLOSE_MS + 1500);
      const done = (reports: readonly LaneReport[]): void => {
        clearTimeout(timer);
        resolve(reports);
      };
      this.#worker.once('exit', () => done([]));
      this.#worker.on('message', (message: FromWorker) => {
        if (message.kind === 'closed') done(message.reports);
      });
      this.#worker.postMessage({ kind: 'close', limitMs: CLOSE_MS } satisfies ToWorker);
    });
  }
}
