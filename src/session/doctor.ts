/** Tries each enforcement layer on the machine as it is: a real session, a real denial. Nothing is guessed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capabilities } from '../enforce/capabilities.ts';
import { probeGuard } from '../enforce/probe.ts';
import type { Finding } from '../model/finding.ts';
import { BUILD_HINT, findNative } from '../model/native.ts';
import { loadPolicies } from '../policy/load.ts';
import { findProjectRoot } from '../resolve/paths.ts';
import { loadNodePty } from './terminal.ts';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'bin', 'patchwork.js');

const POLICY = `version: 1
mode: fail-open
rules:
  files:
    deny: ["**/doctor-forbidden.txt"]
  commands:
    deny: ["uname -r"]
  network:
    deny: ["doctor.invalid"]
`;

export async function examine(): Promise<Finding[]> {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'patchwork-doctor-'));
  } catch (error) {
    return [{ what: 'temporary folder', isOk: false, isNeeded: true, result: (error as Error).message, advice: 'set TMPDIR to a folder that you can write' }];
  }
  try {
    writeFileSync(join(folder, 'policy.yml'), POLICY, { mode: 0o600 });
    writeFileSync(join(folder, 'doctor-forbidden.txt'), 'x');
    const findings: Finding[] = [];
    for (const trial of [node, policy, shims, preloadFiles, preloadHosts, kernelGuard, networkRelay, terminal]) findings.push(await trial(folder).catch((error: unknown) => broken(trial.name, error)));
    const absent = capabilities(await probeGuard()).filter((each) => !each.isAvailable && each.layer !== 'kernel guard' && each.layer !== 'network relay').map((each): Finding => ({ what: each.layer, isOk: false, isNeeded: false, result: each.note }));
    return [...findings, ...absent];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function broken(what: string, error: unknown): Finding {
  return { what, isOk: false, isNeeded: true, result: `could not be tried: ${(error as Error).message}` };
}

async function node(): Promise<Finding> {
  const major = Number(process.versions.node.split('.')[0]);
  return { what: 'node', isOk: major >= 20, isNeeded: true, result: process.version, advice: 'patchwork needs Node 20 or newer' };
}

async function policy(): Promise<Finding> {
  const loaded = await loadPolicies({ project: findProjectRoot(process.cwd()) });
  const files = loaded.policies.map((each) => `${each.layer} ${each.file} (${each.mode})`).join(', ');
  return { what: 'policy', isOk: true, isNeeded: true, result: files };
}

interface Outcome {
  readonly code: number | undefined;
  readonly output: string;
}

/** A session of its own, as a user would start one. */
async function session(folder: string, words: readonly string[]): Promise<Outcome> {
  const { execa } = await import('execa');
  const result = await execa(process.execPath, [PROGRAM, 'run', '--quiet', '--policy', join(folder, 'policy.yml'), '--project', folder, ...words], {
    cwd: folder,
    reject: false,
    all: true,
    timeout: 20_000,
    env: { HOME: folder, PATCHWORK: undefined, PATCHWORK_SESSION: undefined },
  });
  return { code: result.exitCode, output: result.all };
}

/** The first line of what it printed: the rest is for who ran it. */
function said({ output }: Outcome): string {
  const [line = ''] = output.trim().split('\n');
  return line === '' ? '' : `: ${line.replace(/^patchwork: /, '')}`;
}

async function shims(folder: string): Promise<Finding> {
  const denied = await session(folder, ['sh', '-c', 'uname -r']);
  writeFileSync(join(folder, 'inner.sh'), 'exec uname -r\n');
  const inner = await session(folder, ['sh', './inner.sh']);
  const allowed = await session(folder, ['sh', '-c', 'uname -s']);
  const isOk = denied.code === 126 && inner.code === 126 && allowed.code === 0;
  return { what: 'shims', isOk, isNeeded: true, result: isOk ? 'a denied command ended with 126, an allowed one ran' : `a denied command ended with ${denied.code}, an allowed one with ${allowed.code}${said(denied.code === 126 ? allowed : denied)}`, advice: findNative('launch') === undefined ? BUILD_HINT : undefined };
}

async function preloadFiles(folder: string): Promise<Finding> {
  const script = "try { require('fs').readFileSync('doctor-forbidden.txt'); process.exit(3) } catch (error) { process.exit(error.code === 'EACCES' ? 0 : 4) }";
  const { code, output } = await session(folder, ['node', '-e', script]);
  return { what: 'preload, files', isOk: code === 0, isNeeded: true, result: code === 0 ? 'a denied read in Node failed with EACCES' : `the trial ended with ${code}${said({ code, output })}` };
}

async function preloadHosts(folder: string): Promise<Finding> {
  const script = "require('net').connect(80, 'doctor.invalid').on('connect', () => process.exit(3)).on('error', (error) => process.exit(error.code === 'EACCES' ? 0 : 4))";
  const { code, output } = await session(folder, ['node', '-e', script]);
  return { what: 'preload, hosts', isOk: code === 0, isNeeded: true, result: code === 0 ? 'a denied host in Node failed with EACCES' : `the trial ended with ${code}${said({ code, output })}` };
}

/** What the kernel may have beside what the guard cannot do without, and what its absence costs. */
const GUARD_EXTRAS: readonly (readonly [has: 'hasScopes' | 'hasSyncWakeUp' | 'hasWall' | 'canGoOn', cost: string])[] = [
  ['hasScopes', 'no Landlock scopes (Linux 6.12): signals are checked by the guard alone'],
  ['hasWall', 'no Landlock wall (Linux 6.2): under fail-closed writes are kept in by the guard alone'],
  ['hasSyncWakeUp', 'no synchronous wake-up (Linux 6.6): held calls take longer'],
  ['canGoOn', 'no kcmp or pagemap: every read is opened by the guard, which takes longer'],
];

/** A denied file in a program that neither shim nor preload sees, and a denied command by its path. */
async function kernelGuard(folder: string): Promise<Finding> {
  const guard = await probeGuard();
  writeFileSync(join(folder, 'reading.sh'), 'name=doctor-forbidden\nread line < "$name.txt" && exit 3\nexit 0\n');
  const advice = 'a fail-closed policy needs --allow-degraded without it; docs/bypasses.md lists what is not held then';
  if (!guard.isAvailable) return { what: 'kernel guard', isOk: false, isNeeded: false, result: `not here: ${guard.why}`, advice };
  const { code, output } = await session(folder, ['sh', './reading.sh']);
  const isOk = code === 0;
  const lacks = GUARD_EXTRAS.filter(([has]) => !guard[has]).map(([, cost]) => cost);
  return { what: 'kernel guard', isOk, isNeeded: true, result: isOk ? `a denied read in a shell failed${lacks.map((each) => `; ${each}`).join('')}` : `the trial ended with ${code}${said({ code, output })}` };
}

/** A look-up of a denied name, by a program that neither shim nor preload sees into: denied by the session's own resolver. */
async function networkRelay(folder: string): Promise<Finding> {
  const relay = capabilities(await probeGuard()).find((each) => each.layer === 'network relay');
  if (relay?.isAvailable !== true) return { what: 'network relay', isOk: false, isNeeded: false, result: relay?.note ?? '', advice: 'it needs the kernel guard' };
  if (!['/bin/bash', '/usr/bin/bash'].some((file) => existsSync(file))) return { what: 'network relay', isOk: true, isNeeded: false, result: 'not tried: there is no bash here' };
  const { code, output } = await session(folder, ['bash', '-c', 'exec 3<>/dev/tcp/doctor.invalid/80']);
  const logs = join(folder, '.patchwork', 'sessions');
  const isOk = code !== 0 && readdirSync(logs).some((file) => readFileSync(join(logs, file), 'utf8').split('\n').some((line) => line.includes('"doctor.invalid"') && line.includes('"pep":"guard"') && line.includes('"status":"denied"')));
  return { what: 'network relay', isOk, isNeeded: true, result: isOk ? 'a denied name could not be looked up in a shell' : `the trial ended with ${code}${said({ code, output })}` };
}

async function terminal(folder: string): Promise<Finding> {
  const { code, output } = await session(folder, ['--pty', 'sh', '-c', 'test -t 0 && test -t 1 && echo terminal']);
  const isOk = code === 0 && output.includes('terminal');
  const by = (await loadNodePty()) === undefined ? 'our own program, since node-pty does not load here' : 'node-pty';
  return { what: 'terminal', isOk, isNeeded: true, result: isOk ? `a pseudo-terminal was opened by ${by}` : `by ${by}: ended with ${code}${said({ code, output })}`, advice: findNative('pty') === undefined ? BUILD_HINT : undefined };
}
