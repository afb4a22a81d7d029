/**
 * The same file read again and again by the same process for the same reason: the first read is written, the ones that
 * follow soon are counted, and the count is written. Only reads that were allowed; a denial is always an event of its own.
 */
import type { EventFacts } from './writer.ts';

interface Held {
  readonly facts: EventFacts;
  readonly until: number;
  /** Reads after the one that was written. */
  count: number;
  since: string;
}

/** Reads remembered at once; past that further ones are written in full. */
const ENTRIES_LIMIT = 1024;

export const WINDOW_MS = 2000;

export class ReadCoalescer {
  readonly #held = new Map<string, Held>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** True when it only counts; else it is to be written, after what `due` gives. */
  counts(facts: EventFacts): boolean {
    if (facts.action !== 'file_read' || facts.status !== 'completed') return false;
    const key = keyOf(facts);
    const held = this.#held.get(key);
    if (held === undefined || held.until <= this.#now()) return false;
    if (held.count === 0) held.since = new Date(this.#now()).toISOString();
    held.count++;
    return true;
  }

  /** From now on the same read only counts, for a while. */
  remember(facts: EventFacts): void {
    if (facts.action === 'file_read' && facts.status === 'completed' && this.#held.size < ENTRIES_LIMIT) this.#held.set(keyOf(facts), { facts, until: this.#now() + WINDOW_MS, count: 0, since: '' });
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Counts whose time is over; all of them at the end. */
  take(isEnd: boolean): EventFacts[] {
    const due: EventFacts[] = [];
    for (const [key, { facts, until, count, since }] of this.#held) {
      if (!isEnd && until > this.#now()) continue;
      this.#held.delete(key);
      if (count > 0) due.push({ ...facts, repeat: { count, since } });
    }
    return due;
  }
}

/** Everything but how long the decision took. */
function keyOf({ target, risk, decision, process }: EventFacts): string {
  return JSON.stringify([target.path, target.abs_path, risk.level, decision.step, decision.layer, decision.rule, decision.source, decision.reason, decision.pep, process.pid, process.exe]);
}
