/** The doctor's findings, kept: trying every layer starts sessions and takes seconds. */
import type { DashboardSystem } from './data.ts';
import type { Health } from './views.ts';

/** Milliseconds for which findings are good enough. */
const KEPT_MS = 10 * 60_000;

export type HealthKeeper = (isAgain: boolean) => Promise<Health>;

/** One examination at a time, whoever asks. */
export function keepHealth(system: DashboardSystem): HealthKeeper {
  let last: Health | undefined;
  let running: Promise<Health> | undefined;
  return async (isAgain) => {
    if (running !== undefined) return await running;
    if (last !== undefined && !isAgain && Date.now() - last.time < KEPT_MS) return last;
    running = system
      .health()
      .then((findings) => {
        last = { findings, time: Date.now() };
        return last;
      })
      .finally(() => {
        running = undefined;
      });
    return await running;
  };
}
