/** Scripts run bare and under the kernel guard, with a secret in the project that the policy denies. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeGuard } from '../../src/enforce/probe.ts';
import { compileC } from './compile.ts';
import { createSandbox, PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from './patchwork.ts';

export const SECRET = 'SECRET-CONTENT';
const POLICY = `version: 1
mode: fail-open
rules:
  files:
    deny: ["**/.env*", "locked/**"]
  commands:
    deny: ["show *", "forbidden *"]
`;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GuardBench {
  readonly sandbox: Sandbox;
  /** The program of test/fixtures/guard/attack.c. */
  readonly attack: string;
  bare(script: string, env?: NodeJS.ProcessEnv): Outcome;
  governed(script: string, options?: readonly string[], env?: NodeJS.ProcessEnv): Outcome;
}

/** Why the tests of the guard cannot run here; undefined when they can. */
export async function whyNoGuard(): Promise<string | undefined> {
  const { isAvailable, why } = await probeGuard();
  return isAvailable ? undefined : `the kernel guard does not work here: ${why}`;
}

export function createGuardBench(name: string): GuardBench {
  const sandbox = createSandbox(name);
  const attack = join(sandbox.project, 'attack');
  const problem = compileC(join(ROOT, 'test', 'fixtures', 'guard', 'attack.c'), attack, ['-pthread']);
  if (problem !== undefined) throw new Error(problem);
  sandbox.write('policy.yml', POLICY);
  const reset = (): void => {
    spawnSync('bash', ['-c', 'rm -rf area locked .env* link* && mkdir -p area locked'], { cwd: sandbox.project });
    sandbox.write('.env', `${SECRET}\n`);
    sandbox.write('locked/file.txt', `${SECRET}\n`);
    sandbox.write('free.txt', 'free\n');
  };
  const run = (words: readonly string[], script: string, env: NodeJS.ProcessEnv = {}): Outcome => {
    reset();
    writeFileSync(join(sandbox.project, 'script.sh'), script);
    const [file = '', ...args] = [...words, 'bash', './script.sh'];
    const { status, stdout, stderr } = spawnSync(file, args, { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home, env), encoding: 'utf8', input: '', timeout: 60_000, killSignal: 'SIGKILL' });
    return { status, stdout, stderr };
  };
  return {
    sandbox,
    attack,
    bare: (script, env) => run([], script, env),
    governed: (script, options = [], env = {}) => run([process.execPath, PROGRAM, 'run', '--quiet', '--policy', 'policy.yml', ...options], script, env),
  };
}

/** The system's dynamic loader (ld.so(8)). */
export const LOADER = process.arch === 'arm64' ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2';
