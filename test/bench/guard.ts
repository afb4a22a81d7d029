/** What the kernel guard costs under the default policy, whose denies may hit in any folder: timed inside the session, warm, so that its start does not count. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileC } from '../support/compile.ts';
import { ROOT, type Sandbox } from '../support/patchwork.ts';
import { governed, inTurn, printed, ROUNDS, wholeTime } from './measure.ts';

const SHELL_WORK: readonly (readonly [string, string])[] = [
  ['200 × /bin/true by path', 'for i in {1..200}; do /bin/true; done'],
  ['find /usr/include -type f | xargs cat', 'find /usr/include -type f | xargs cat > /dev/null'],
  ['grep -r in /usr/include', 'grep -rq no-such-text-anywhere /usr/include || true'],
  ['git status ×10', 'for i in {1..10}; do git status > /dev/null; done'],
  ['npm ls', 'npm ls > /dev/null'],
];

/** Milliseconds of the second of two runs. */
function inShell(work: string): string[] {
  return ['bash', '-c', `${work}; s=$(date +%s%N); ${work}; e=$(date +%s%N); echo $(( (e - s) / 1000 ))e-3`];
}

export function* guardCosts(sandbox: Sandbox): Generator<string> {
  const value = printed(sandbox);
  const long = Math.max(2, Math.ceil(ROUNDS / 3));
  const unread = compiled(sandbox, 'unread', ['-pthread']);
  const folder = tarballs(sandbox);
  const rows = [...SHELL_WORK, ['npm ci of real packages from tarballs', `cd ${folder}; rm -rf node_modules; ${CI.join(' ')} > /dev/null`], ['TypeScript build of this project', TSC.join(' ')]] as const;
  for (const [what, work] of rows) {
    yield inTurn(`${what} (inside)`, inShell(work), governed(...inShell(work)), value);
    yield inTurn('  a supervisor that allows all unread', inShell(work), [unread, ...inShell(work)], value);
  }
  yield inTurn('npm ci, with the start', CI, governed(...CI), wholeTime(sandbox, folder), long);
  yield inTurn('TypeScript build, with the start', TSC, governed(...TSC), wholeTime(sandbox), long);
  yield* latencies(sandbox);
  yield* others(sandbox);
}

const TSC = [process.execPath, join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', ROOT, '--noEmit'];
const CI = ['npm', 'ci', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-update-notifier'];

/** A project whose dependencies are packed from our own that have none themselves: real packages, and no registry. */
function tarballs(sandbox: Sandbox): string {
  const folder = join(sandbox.home, 'ci');
  mkdirSync(folder, { recursive: true });
  const modules = join(ROOT, 'node_modules');
  const names = readdirSync(modules).filter((name) => !name.startsWith('.') && !name.startsWith('@') && !needsOthers(join(modules, name)));
  const npm = (...args: string[]): void => {
    const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ${args[0]}: ${stderr}`);
  };
  npm('pack', '--ignore-scripts', '--silent', ...names.slice(0, 40).map((name) => join(modules, name)));
  const files = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'ci', version: '1.0.0', dependencies: Object.fromEntries(files.map((file, i) => [`package-${i}`, `file:${file}`])) }));
  npm('install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--package-lock-only');
  return folder;
}

function needsOthers(folder: string): boolean {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, object | undefined>;
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).length > 0;
}

function compiled(sandbox: Sandbox, name: string, flags: readonly string[] = []): string {
  const program = join(sandbox.home, name);
  const problem = compileC(join(ROOT, 'test', 'fixtures', 'bench', `${name}.c`), program, ['-O2', ...flags]);
  if (problem !== undefined) throw new Error(problem);
  return program;
}

/** Microseconds of one call. */
function latencies(sandbox: Sandbox): string[] {
  const program = compiled(sandbox, 'latency');
  const value = printed(sandbox);
  const open = [program, 'open', '/usr/bin/env'];
  const start = [program, 'start', '/bin/true'];
  return [inTurn('one open, microseconds', open, governed(...open), value), inTurn('one start of /bin/true, microseconds', start, governed(...start), value)];
}

/** What others need for the same, where they are installed. */
function others(sandbox: Sandbox): string[] {
  const known: readonly (readonly [string, readonly string[]])[] = [
    ['bwrap', ['bwrap', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--unshare-all']],
    ['srt', ['srt']],
  ];
  const loop = ['bash', '-c', 'for i in {1..200}; do /bin/true; done'];
  return known.flatMap(([name, command]) => {
    if (spawnSync(command[0] ?? '', [...command.slice(1), 'true'], { stdio: 'ignore' }).status !== 0) return [`${name}: not measured, it does not work here`];
    const time = wholeTime(sandbox);
    return [inTurn(`${name}: start-up of true / node -e 0`, [process.execPath, '-e', '0'], [...command, 'true'], time), inTurn(`${name}: 200 × /bin/true by path, with the start`, loop, [...command, ...loop], time)];
  });
}
