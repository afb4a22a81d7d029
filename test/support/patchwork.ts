/** Runs the real program as a user would, with a home of its own. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditEvent } from '../../src/audit/event.ts';

/** The root of the checkout: this file is dist/test/support/patchwork.js. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const PROGRAM = join(ROOT, 'bin', 'patchwork.js');
export const SPEC = join(ROOT, 'test', 'fixtures', 'spec');

export interface Sandbox {
  readonly home: string;
  readonly project: string;
  write(path: string, text: string): string;
  run(args: readonly string[], options?: { readonly input?: string | Buffer; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly timeout?: number }): SpawnSyncReturns<string>;
  /** Every event of every session in this home. */
  events(): AuditEvent[];
  remove(): void;
}

/** A home and a project in it, away from everything of the person who runs the tests. */
export function createSandbox(name = 'test'): Sandbox {
  const base = realpathSync(mkdtempSync(join(tmpdir(), `pw-${name}-`)));
  const home = join(base, 'home');
  const project = join(base, 'project');
  mkdirSync(home);
  mkdirSync(join(project, '.git'), { recursive: true });
  return {
    home,
    project,
    write(path, text) {
      const file = path.startsWith('/') ? path : join(project, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o644 });
      return file;
    },
    run(args, options = {}) {
      return spawnSync(process.execPath, [PROGRAM, ...args], {
        cwd: options.cwd ?? project,
        env: sandboxEnvironment(home, options.env),
        encoding: 'utf8',
        timeout: options.timeout ?? 60_000,
        maxBuffer: 256 * 1024 * 1024,
        ...(options.input === undefined ? {} : { input: options.input }),
      });
    },
    events() {
      const folder = join(home, '.patchwork', 'sessions');
      return readdirSync(folder)
        .filter((file) => file.endsWith('.jsonl'))
        .sort()
        .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter((line) => line !== ''))
        .map((line) => JSON.parse(line) as AuditEvent);
    },
    remove() {
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export function sandboxEnvironment(home: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATCHWORK: _, PATCHWORK_SESSION: __, NODE_OPTIONS: ___, NODE_TEST_CONTEXT: ____, XDG_RUNTIME_DIR: _____, BASH_ENV: ______, ...inherited } = process.env;
  // `npm test` names the settings of the person who runs it, in a home that is not this one.
  const own = Object.entries(inherited).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD');
  return { ...Object.fromEntries(own), HOME: home, ...more };
}
