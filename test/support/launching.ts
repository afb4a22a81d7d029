/** Scripts run twice: bare, and under `patchwork run`. What a launcher leaves untouched is the same both times. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileC } from './compile.ts';
import { createSandbox, PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from './patchwork.ts';

interface RunOptions {
  readonly input?: Buffer | string;
  readonly env?: NodeJS.ProcessEnv;
  readonly options?: readonly string[];
  readonly timeout?: number;
}

export interface Workbench {
  readonly sandbox: Sandbox;
  /** A folder in front of PATH; `show` (test/fixtures/shims/show.c) lies in it. */
  readonly bin: string;
  program(name: string, text: string, mode?: number): string;
  bare(script: string, options?: RunOptions): SpawnSyncReturns<Buffer>;
  governed(script: string, options?: RunOptions): SpawnSyncReturns<Buffer>;
  /** Runs it both ways and returns what both gave. */
  same(script: string, options?: RunOptions): { readonly status: number | null; readonly stdout: Buffer };
}

export function createWorkbench(name: string): Workbench {
  const sandbox = createSandbox(name);
  const bin = join(sandbox.project, '..', 'bin');
  mkdirSync(bin);
  const problem = compileC(join(ROOT, 'test', 'fixtures', 'shims', 'show.c'), join(bin, 'show'));
  if (problem !== undefined) throw new Error(problem);
  const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => sandboxEnvironment(sandbox.home, { PATH: `${bin}:${process.env['PATH']}`, ...more });
  const start = (words: readonly string[], script: string, { input = '', env, timeout = 60_000 }: RunOptions): SpawnSyncReturns<Buffer> => {
    // A name of its own: deny rules read command lines, and a script's file is only read by its shell.
    writeFileSync(join(sandbox.project, 'script.sh'), script);
    const [file = '', ...args] = [...words, 'bash', './script.sh'];
    return spawnSync(file, args, { cwd: sandbox.project, env: environment(env), input, timeout, maxBuffer: 256 * 1024 * 1024 });
  };
  const bench: Workbench = {
    sandbox,
    bin,
    program(name, text, mode = 0o755) {
      const file = join(bin, name);
      writeFileSync(file, text);
      chmodSync(file, mode);
      return file;
    },
    bare: (script, options = {}) => start([], script, options),
    // Every name has its launcher then; with the guard most have none.
    governed: (script, options = {}) => start([process.execPath, PROGRAM, 'run', '--quiet', '--no-guard', ...(options.options ?? [])], script, options),
    same(script, options = {}) {
      const [bare, governed] = [bench.bare(script, options), bench.governed(script, options)];
      const facts = ({ status, signal, stdout, stderr }: SpawnSyncReturns<Buffer>): unknown => ({ status, signal, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') });
      assert.deepEqual(facts(governed), facts(bare));
      return { status: governed.status, stdout: governed.stdout };
    },
  };
  return bench;
}

/** Lines of text, without the last empty one. */
export function linesOf(text: Buffer | string): string[] {
  return text.toString('utf8').replace(/\n$/, '').split('\n');
}
