/** Judgements of programs that were told of a moment ago: loops start the same one with the same words again and again. For records only, never for answers. */
import type { Subject } from '../model/request.ts';
import type { Judgement } from './evaluator.ts';
import type { RanNotice } from './protocol.cts';

const LIMIT = 256;
/** What its words name may be something else by then. */
const FRESH_MS = 1000;

export class RecentStarts {
  readonly #known = new Map<string, { readonly judgement: Judgement; readonly until: number }>();

  of({ argv, exe, file, cwd, env }: RanNotice, subject: Subject, judge: () => Judgement): Judgement {
    const key = JSON.stringify([subject, exe, file, cwd, argv, env]);
    const now = performance.now();
    const known = this.#known.get(key);
    if (known !== undefined && now < known.until) return known.judgement;
    if (this.#known.size >= LIMIT) this.#known.clear();
    const judgement = judge();
    this.#known.set(key, { judgement, until: now + FRESH_MS });
    return judgement;
  }
}
