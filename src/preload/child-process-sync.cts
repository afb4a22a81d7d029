/** `spawnSync`, `execFileSync` and `execSync`: they call each other inside Node, so each is judged on its own. */
import { denialError } from './deny.cts';
import { apply, assign, copyList, indexOf, slice } from './originals.cts';
import { copyPath } from './paths.cts';
import { environmentObject, environmentPairs } from './program.cts';
import { LAUNCHER } from './runtime.cts';
import { planSpawn } from './spawn-questions.cts';
import {
  type Reader,
  readExecFileSync,
  readExecSync,
  readSpawnSync,
  type SyncCall,
  type Target,
  targetOf,
} from './spawn-sync-calls.cts';
import { type Callable, type Replacement, replaceMethod } from './wrap.cts';

const childProcess = require('node:child_process') as typeof import('node:child_process');

/** A text in Node's errors that names the launcher, and what it would say without one. */
type Correction = readonly [from: string, to: string];

export function guardSyncSpawns(): void {
  replaceMethod(childProcess, 'spawnSync', (original) => guard(original, readSpawnSync, resultOf));
  replaceMethod(childProcess, 'execFileSync', (original) => guard(original, readExecFileSync, fail));
  replaceMethod(childProcess, 'execSync', (original) => guard(original, readExecSync, fail));
}

/** What `spawnSync` returns for a program that could not be started. */
function resultOf(error: Error): object {
  return { error, status: null, signal: null, output: null, pid: 0, stdout: null, stderr: null };
}

function fail(error: Error): never {
  throw assign(error, resultOf(error));
}

function guard(original: Callable, read: Reader, refuse: (error: Error) => unknown): Replacement {
  return function (this: unknown, ...given) {
    const call = read(given);
    const cwd = copyPath(call?.options['cwd']);
    if (call === undefined || (cwd === undefined && call.options['cwd'] != null)) return apply(original, this, given);
    const { options } = call;
    const target = targetOf(call);
    const env = environmentPairs((options['env'] || process.env) as object);
    const plan = planSpawn({ file: target.program, argv: target.argv, cwd: cwd?.text, env });
    if (plan.refusal !== undefined) {
      const { program: path, argv } = target;
      const spawnargs = copyList(argv, 1);
      return refuse(denialError(plan.refusal, { action: 'command_execute', syscall: `spawnSync ${path}`, path, spawnargs }));
    }
    if (cwd !== undefined) options['cwd'] = cwd.value;
    options['env'] = environmentObject(plan.env);
    const isLaunched = plan.file === LAUNCHER;
    const corrections = isLaunched ? correctionsFor(call, target) : [];
    const file = isLaunched ? launch(call, target) : call.file;
    const args = call.args === undefined ? [file, options] : [file, call.args, options];
    return withTrueNames(corrections, () => apply(original, this, args));
  };
}

/** Sets the options so that the launcher is executed with the argument list of the program; returns the file to call with. */
function launch({ file, options }: SyncCall, target: Target): string {
  options['argv0'] = target.argv[0];
  if (!options['shell']) return LAUNCHER;
  options['shell'] = LAUNCHER;
  return file;
}

function correctionsFor({ file, args, options }: SyncCall, { program, argv }: Target): readonly Correction[] {
  const spawn: Correction = [`spawnSync ${LAUNCHER}`, `spawnSync ${program}`];
  // `execFileSync` names argv[0], now set, where it would have named the file.
  const namesFile = args !== undefined && options['shell'] && typeof options['argv0'] !== 'string';
  return namesFile ? [spawn, [`Command failed: ${argv[0]}`, `Command failed: ${file}`]] : [spawn];
}

function withTrueNames(corrections: readonly Correction[], run: () => unknown): unknown {
  try {
    const result = run();
    correct((result as { error?: unknown } | null)?.error, corrections);
    return result;
  } catch (error) {
    correct(error, corrections);
    throw error;
  }
}

function correct(error: unknown, corrections: readonly Correction[]): void {
  if (!(error instanceof Error)) return;
  const failure = error as NodeJS.ErrnoException;
  for (let i = 0; i < corrections.length; i++) {
    const correction = corrections[i] as Correction;
    if (failure.path === LAUNCHER) failure.path = slice(correction[1], 'spawnSync '.length);
    if (failure.syscall !== undefined) failure.syscall = corrected(failure.syscall, correction);
    failure.message = corrected(failure.message, correction);
    if (failure.stack !== undefined) failure.stack = corrected(failure.stack, correction);
  }
}

function corrected(text: string, [from, to]: Correction): string {
  const at = indexOf(text, from);
  return at < 0 ? text : slice(text, 0, at) + to + slice(text, at + from.length);
}
