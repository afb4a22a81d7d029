/** The preload's two ways of working, each in a session of its own: it asks before it acts, or the kernel guard judges and it says why. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createSandbox, PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { FIXTURES, fillProject, type Outcome, type RunOptions, startSession } from './session.ts';

/** What both sessions offer. */
export interface Governed {
  readonly project: string;
  /** What each denial says of the rule for files. */
  readonly facts: readonly string[];
  run(program: string, options?: RunOptions): Promise<Outcome>;
  evaluate(code: string, options?: RunOptions): Promise<Outcome>;
  /** Targets of the denials in the log; undefined where there is none. */
  denied(): string[] | undefined;
  close(): Promise<void> | void;
}

interface Mode {
  readonly name: string;
  readonly isGuarded: boolean;
  readonly skip: string | false;
  start(): Promise<Governed>;
}

const POLICY = `version: 1
mode: fail-open
rules:
  files:
    deny: ["**/denied*"]
  commands:
    deny: ["touch started*", "node * denied"]
  network:
    deny: ["denied.test", "*:9"]
`;

export const MODES: readonly Mode[] = [
  { name: 'without the guard', isGuarded: false, skip: false, start: startAsking },
  { name: 'with the guard', isGuarded: true, skip: (await whyNoGuard()) ?? false, start: startGuarded },
];

async function startAsking(): Promise<Governed> {
  const session = await startSession();
  const facts = ['files.deny: **/denied*', 'project', 'policy.yml:3', 'it is called denied'];
  return { ...session, facts, denied: () => undefined };
}

/** Each program is a session: the real one, guard and all. */
async function startGuarded(): Promise<Governed> {
  const sandbox = createSandbox('preload');
  const { project } = sandbox;
  fillProject(project);
  const policy = sandbox.write(join(sandbox.home, 'policy.yml'), POLICY);
  const run = (words: readonly string[], { args = [], env, isBare }: RunOptions): Promise<Outcome> => {
    const start = isBare ? [] : [PROGRAM, 'run', '--quiet', '--policy', policy, process.execPath];
    const child = spawn(process.execPath, [...start, ...words, ...args], { cwd: project, env: sandboxEnvironment(sandbox.home, env), timeout: 120_000, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (part: string) => (texts[name] += part));
    return new Promise((done, fail) => child.on('error', fail).on('close', (code) => done({ ...texts, code })));
  };
  return {
    project,
    facts: ['files.deny: **/denied*', 'user', `${policy}:5`],
    run: (program, options = {}) => run([join(FIXTURES, program)], options),
    evaluate: (code, options = {}) => run(['-e', code], options),
    denied: () => sandbox.events().flatMap(({ status, target }) => (status === 'denied' ? [target.abs_path ?? target.command ?? target.host ?? ''] : [])),
    close: () => sandbox.remove(),
  };
}
