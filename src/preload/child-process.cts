/** `spawn`, `exec`, `execFile`, `fork` and their promisified forms: all of them end in `ChildProcess.prototype.spawn`. */

import { guardSyncSpawns } from './child-process-sync.cts';
import { denialError } from './deny.cts';
import { apply, copyList, defineProperty, isArray } from './originals.cts';
import { environmentPairs } from './program.cts';
import { planSpawn } from './spawn-questions.cts';
import { textsOf } from './spawn-sync-calls.cts';
import { type Callable, replaceMethod } from './wrap.cts';

const childProcess = require('node:child_process') as typeof import('node:child_process');

/** What the public functions hand to `ChildProcess.prototype.spawn`. */
interface SpawnOptions {
  file?: unknown;
  args?: unknown;
  cwd?: unknown;
  envPairs?: unknown;
}

/** The parts of a child process that its public type does not show. */
interface Child {
  spawnfile: string;
  spawnargs: unknown[];
  emit: Callable;
}

/** A folder cannot be executed: the kernel answers EACCES, to root as well. */
const NOT_EXECUTABLE = '/';

export function guardSpawns(): void {
  replaceMethod(childProcess.ChildProcess.prototype, 'spawn', (original) => {
    return function (this: unknown, ...given) {
      const options = given[0];
      if (typeof options !== 'object' || options === null) return apply(original, this, given);
      return spawn(this as Child, original, { __proto__: null, ...options } as SpawnOptions);
    };
  });
  guardSyncSpawns();
}

function spawn(child: Child, original: Callable, options: SpawnOptions): unknown {
  const { file, args, cwd } = options;
  const isValid = typeof file === 'string' && (args === undefined || isArray(args)) && (cwd == null || typeof cwd === 'string');
  // Node refuses these before it starts anything.
  if (!isValid) return apply(original, child, [options]);
  const spawnargs = args === undefined ? undefined : copyList(args as unknown[]);
  const argv = textsOf(spawnargs ?? [file]);
  const env = isArray(options.envPairs) ? textsOf(options.envPairs) : environmentPairs(process.env);
  const plan = planSpawn({ file, argv, cwd: cwd ?? undefined, env });
  options.file = plan.file;
  options.args = spawnargs === undefined ? undefined : argv;
  options.envPairs = plan.env;
  if (plan.refusal !== undefined) {
    options.file = NOT_EXECUTABLE;
    const syscall = `spawn ${file}`;
    replaceError(
      child,
      denialError(plan.refusal, { action: 'command_execute', syscall, path: file, spawnargs: copyList(argv, 1) }),
    );
  }
  const result = apply(original, child, [options]);
  // Errors and users of the object see what was asked for, not the launcher.
  child.spawnfile = file;
  if (spawnargs !== undefined) child.spawnargs = spawnargs;
  return result;
}

/** The kernel refuses what is spawned now, and Node goes the way it goes then; our error takes the place of its own. */
function replaceError(child: Child, denial: Error): void {
  const { emit } = child;
  defineProperty(child, 'emit', {
    configurable: true,
    writable: true,
    value: (...event: unknown[]): unknown => {
      const error = event[1] as NodeJS.ErrnoException | undefined;
      if (event[0] !== 'error' || error?.code !== 'EACCES') return apply(emit, child, event);
      Reflect.deleteProperty(child, 'emit');
      return apply(emit, child, ['error', denial]);
    },
  });
}
