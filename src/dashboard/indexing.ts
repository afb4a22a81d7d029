/** Keeps the index close behind the logs from another thread, so that a view never waits for a batch. */
import { Worker } from 'node:worker_threads';
import type { AuditIndex } from '../audit/index/filter.ts';
import type { Reading } from './data.ts';
import type { FromIndexing } from './indexing-worker.ts';

export class Indexing {
  readonly #index: AuditIndex;
  /** Undefined where there is no thread: then the caller's own reads, in small pieces. */
  #worker: Worker | undefined;
  #last: Reading = { bytes: 0, indexed: 0, isDone: false };
  #pass: { readonly ended: Promise<void>; readonly end: () => void } | undefined;

  constructor(index: AuditIndex) {
    this.#index = index;
    if (index.kind === 'scan') return;
    // As deep below the root when packed: see tools/pack.mjs.
    this.#worker = new Worker(new URL('../../src/dashboard/indexing-worker.js', import.meta.url), { workerData: index.folder });
    this.#worker.on('message', (message: FromIndexing) => this.#hear(message));
    this.#worker.on('error', () => this.#lose());
    this.#worker.on('exit', () => this.#lose());
    this.#worker.unref();
  }

  /** Reads on; tells how far it has come when it is done, or after `limitMs` while it goes on. Throws only without the thread. */
  async refresh(limitMs: number): Promise<Reading> {
    if (this.#worker === undefined) {
      const { bytes, indexed, added } = await this.#index.refresh({ limitMs });
      return { bytes, indexed, isDone: added === 0 };
    }
    this.#pass ??= this.#begin(this.#worker);
    const { ended } = this.#pass;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([ended, new Promise<void>((late) => (timer = setTimeout(late, limitMs)))]);
    clearTimeout(timer);
    this.#index.follow();
    return this.#last;
  }

  #begin(worker: Worker): { ended: Promise<void>; end: () => void } {
    let end = (): void => undefined;
    const ended = new Promise<void>((done) => {
      end = done;
    });
    worker.postMessage('read');
    return { ended, end };
  }

  #hear(message: FromIndexing): void {
    if (message.kind === 'failed') this.#last = { ...this.#last, isDone: false, problem: message.message };
    else this.#last = { bytes: message.bytes, indexed: message.indexed, isDone: message.kind === 'done' };
    if (message.kind === 'progress') return;
    this.#pass?.end();
    this.#pass = undefined;
  }

  #lose(): void {
    this.#worker = undefined;
    this.#pass?.end();
    this.#pass = undefined;
  }

  close(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#pass?.end();
    void worker?.terminate();
  }
}
