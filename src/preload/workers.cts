/** Worker threads run the preloads of their parent, unless they get an environment of their own: then ours is put into it. */
import { construct, defineProperty, getOwnPropertyDescriptor } from './originals.cts';
import { nodeOptions } from './program.cts';

const workers = require('node:worker_threads') as typeof import('node:worker_threads');

type Env = Record<string, unknown>;

export function guardWorkers(): void {
  const { Worker } = workers;
  const judged = new Proxy(Worker, {
    construct(target, given: unknown[], newTarget): object {
      return construct(target, [given[0], withPreload(given[1])], newTarget === judged ? target : newTarget);
    },
  });
  const descriptor = getOwnPropertyDescriptor(workers, 'Worker') as PropertyDescriptor;
  defineProperty(workers, 'Worker', { ...descriptor, value: judged });
  // Else `worker.constructor` hands out the original.
  defineProperty(Worker.prototype, 'constructor', { value: judged, writable: true, enumerable: false, configurable: true });
}

function withPreload(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options;
  const copy: { env?: unknown } = { ...options };
  if (typeof copy.env !== 'object' || copy.env === null || copy.env === process.env) return copy;
  const env: Env = { ...copy.env };
  const given = env['NODE_OPTIONS'];
  env['NODE_OPTIONS'] = nodeOptions(given === undefined ? undefined : `${given}`);
  copy.env = env;
  return copy;
}
