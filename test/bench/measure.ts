/** Bare and under Patchwork in turn, so that a machine that slows down slows both; the ratio is taken pair by pair. */
import { spawnSync } from 'node:child_process';
import { PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9);
export const DEV_POLICY = ['--policy', `${ROOT}/test/fixtures/spec/dev.yml`, '--allow-degraded'] as const;

type Command = readonly string[];

/** The command under Patchwork; options of `patchwork run` may stand first. */
export function governed(...command: string[]): string[] {
  return [process.execPath, PROGRAM, 'run', '--quiet', ...command];
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A line of the table. */
export function line(what: string, bare: number, ours: number, ratio: number): string {
  const figure = (value: number): string => value.toFixed(value < 10 ? 3 : 1).padStart(9);
  return `${what.padEnd(52)} ${figure(bare)} ${figure(ours)} ${ratio.toFixed(2).padStart(7)}`;
}

/** `measure` gives milliseconds, or whatever the table is in. */
export function inTurn(what: string, bare: Command, ours: Command, measure: (command: Command) => number, rounds = ROUNDS): string {
  const pairs = Array.from({ length: rounds + 1 }, () => [measure(bare), measure(ours)] as const).slice(1);
  return line(what, median(pairs.map(([each]) => each)), median(pairs.map(([, each]) => each)), median(pairs.map(([first, second]) => second / first)));
}

/** From outside: with its start. Milliseconds. */
export function wholeTime(sandbox: Sandbox, cwd = ROOT): (command: Command) => number {
  return ([file = '', ...args]) => {
    const begun = process.hrtime.bigint();
    const { status, signal } = spawnSync(file, args, { cwd, env: sandboxEnvironment(sandbox.home), stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${status ?? signal}`);
    return Number(process.hrtime.bigint() - begun) / 1e6;
  };
}

/** What the command prints last, as a number. */
export function printed(sandbox: Sandbox, cwd = ROOT): (command: Command) => number {
  return ([file = '', ...args]) => {
    const { stdout } = spawnSync(file, args, { cwd, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return Number(stdout.trim().split('\n').at(-1));
  };
}
