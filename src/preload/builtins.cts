/** Built-in modules get our functions when a program first wants them: most want none, and loading them takes longer than our own start. */
import { apply, defineProperty, getOwnPropertyDescriptor, hasOwn, slice, startsWith } from './originals.cts';
import { replaceLazily, replaceMethod } from './wrap.cts';

const loader = require('node:module') as typeof import('node:module');

type Part = 'connections' | 'names' | 'datagrams' | 'spawns' | 'workers';

/** Loaded with the part: the packed file holds them as functions that nobody has called yet. */
const PARTS: Readonly<Record<Part, () => void>> = {
  connections: () => (require('./net.cjs') as typeof import('./net.cts')).guardConnections(),
  names: () => (require('./dns.cjs') as typeof import('./dns.cts')).guardNames(),
  datagrams: () => (require('./dgram.cjs') as typeof import('./dgram.cts')).guardDatagrams(),
  spawns: () => (require('./child-process.cjs') as typeof import('./child-process.cts')).guardSpawns(),
  workers: () => (require('./workers.cjs') as typeof import('./workers.cts')).guardWorkers(),
};

const MODULES: Readonly<Record<string, Part>> = {
  net: 'connections',
  tls: 'connections',
  http: 'connections',
  https: 'connections',
  http2: 'connections',
  dns: 'names',
  'dns/promises': 'names',
  dgram: 'datagrams',
  child_process: 'spawns',
  cluster: 'spawns',
  worker_threads: 'workers',
};

/** Options that bring ES modules without a file, or before the first one is read. */
const MODULE_OPTION = /--(?:input-type|import|loader|experimental-)/;

const done: Partial<Record<Part, true>> = { __proto__: null } as never;

function need(part: Part): void {
  if (done[part]) return;
  done[part] = true;
  PARTS[part]();
  loader.syncBuiltinESMExports();
}

function needModule(name: unknown): void {
  if (typeof name !== 'string') return;
  const plain = startsWith(name, 'node:') ? slice(name, 5) : name;
  if (hasOwn(MODULES, plain)) need(MODULES[plain] as Part);
}

/** An ES module imports built-ins by itself, where nothing of ours is met. */
export function needAll(): void {
  for (const part in PARTS) need(part as Part);
}

export function prepareBuiltins(): void {
  for (const [holder, name] of [[loader, '_load'], [process, 'getBuiltinModule']] as const) {
    replaceMethod(holder, name, (original) => {
      return function (this: unknown, ...given) {
        needModule(given[0]);
        return apply(original, this, given);
      };
    });
  }
  replaceLazily(globalThis, 'fetch', () => {
    need('connections');
    const { judging }: typeof import('./fetch.cts') = require('./fetch.cjs');
    return judging;
  });
  for (const name of ['WebSocket', 'EventSource']) prepareGlobal(name);
  for (const name of ['loadEnvFile', 'dlopen', 'execve']) {
    replaceLazily(process, name, () => {
      const { PROCESS_FUNCTIONS }: typeof import('./process.cts') = require('./process.cjs');
      return PROCESS_FUNCTIONS[name] as never;
    });
  }
  if (MODULE_OPTION.test(`${process.execArgv} ${process.env['NODE_OPTIONS']}`)) needAll();
}

/** Newer versions load these classes when somebody looks at them. */
function prepareGlobal(name: string): void {
  const { get, ...rest } = getOwnPropertyDescriptor(globalThis, name) ?? {};
  if (get === undefined) return;
  const prepared = function (this: unknown): unknown {
    need('connections');
    return apply(get, this, []);
  };
  defineProperty(globalThis, name, { ...rest, get: prepared });
}
