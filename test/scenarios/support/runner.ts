/** Runs a theme: every row bare, where it must succeed, then under `patchwork run`, where it must not. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '../../../src/audit/event.ts';
import { PROGRAM, sandboxEnvironment } from '../../support/patchwork.ts';
import type { Row, Seen, Stopper, Use } from './model.ts';
import { isOpen } from './open.ts';
import { startServers } from './servers.ts';
import { canaryOf, createStage, program, type Stage, uid, USER } from './stage.ts';

/** Where programs are found by name, the same in both passes. */
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
const ROW_LIMIT_MS = 10_000;

export const NO_COMPILER: string | false = spawnSync(process.env['CC'] ?? 'cc', ['--version']).error === undefined ? false : 'there is no C compiler';
export const ONLY = process.env['PATCHWORK_SCENARIO'];

/** As `patchwork doctor` found it by trying. */
const hasGuard: boolean = (() => {
  if (process.env['PATCHWORK_SCENARIOS_BARE'] !== undefined) return false;
  const { stdout } = spawnSync(process.execPath, [PROGRAM, 'doctor', '--json'], { encoding: 'utf8', timeout: 60_000, ...USER, env: { ...process.env, ...(uid === 0 ? {} : { HOME: '/tmp' }) } });
  try {
    const text = JSON.parse(stdout) as unknown;
    const findings = (Array.isArray(text) ? text : (text as { findings: unknown[] }).findings) as { what: string; isOk?: boolean; ok?: boolean }[];
    return findings.some((each) => /kernel guard/.test(each.what) && (each.isOk ?? each.ok) === true);
  } catch {
    return false;
  }
})();
export const GUARD = hasGuard;

const isThere = new Map<string, boolean>();
function hasProgram(name: string): boolean {
  let known = isThere.get(name);
  if (known === undefined) {
    known = SYSTEM_PATH.split(':').some((folder) => existsSync(join(folder, name)));
    isThere.set(name, known);
  }
  return known;
}

/** Why a row cannot be tried on this machine. */
export function reasonToSkip(row: Row | Use): string | undefined {
  const needs = [...(row.needs ?? []), ...(row.python === undefined ? [] : ['python3']), ...(row.perl === undefined ? [] : ['perl'])];
  const missing = needs.find((name) => !hasProgram(name));
  if (missing !== undefined) return `${missing} is not installed`;
  if (row.c !== undefined) {
    const made = program(row.c, row.isStatic);
    if ('problem' in made) return made.problem.slice(0, 400);
  }
  return undefined;
}

export interface Pass {
  readonly seen: Map<string, Seen>;
  readonly succeeded: Map<string, boolean>;
  readonly snapshots: Map<string, Readonly<Record<string, string>>>;
  /** How the session ended, by row. */
  readonly ends: Map<string, string>;
  readonly denials: AuditEvent[];
}

const emptyPass = (): Pass => ({ seen: new Map(), succeeded: new Map(), snapshots: new Map(), ends: new Map(), denials: [] });

/** Rows that share a session. */
function groups<T extends Row | Use>(rows: readonly T[], policyOf: (row: T) => string, isApart: (row: T) => boolean): { readonly policy: string; readonly env: Readonly<Record<string, string>>; readonly rows: readonly T[] }[] {
  const shared = new Map<string, T[]>();
  const all: { policy: string; env: Readonly<Record<string, string>>; rows: T[] }[] = [];
  for (const row of rows) {
    const policy = policyOf(row);
    if (isApart(row)) all.push({ policy, env: row.env ?? {}, rows: [row] });
    else if (shared.has(policy)) shared.get(policy)?.push(row);
    else {
      const list = [row];
      shared.set(policy, list);
      all.push({ policy, env: {}, rows: list });
    }
  }
  return all;
}

interface Parts<T extends Row | Use> {
  readonly stage: Stage;
  readonly isGoverned: boolean;
  readonly policyOf: (row: T) => string;
  readonly look: (row: T, seen: Seen, pass: Pass, stage: Stage) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Rows that get a session of their own; unless said, those that ask for one. */
  readonly isApart?: (row: T) => boolean;
}

export async function runPass<T extends Row | Use>(rows: readonly T[], { stage, isGoverned, policyOf, look, env = {}, isApart = (row) => row.isAlone === true || row.env !== undefined || row.opened !== undefined }: Parts<T>): Promise<Pass> {
  const pass = emptyPass();
  for (const [index, group] of groups(rows, policyOf, isApart).entries()) {
    stage.reset(group.rows);
    const plan = join(stage.project, `plan${index}`);
    const lines = group.rows.map((row) => [row.id, String(row.limit ?? ROW_LIMIT_MS), stage.rowFolder(row), ...stage.words(row)].map((word) => word.replaceAll('\n', '\u0001').replaceAll('\t', '\u0002')).join('\t'));
    writeFileSync(plan, `${lines.join('\n')}\n`, { mode: 0o644 });
    const limit = group.rows.reduce((sum, row) => sum + (row.limit ?? ROW_LIMIT_MS), 5000);
    const end = await session(stage, { plan, policy: isGoverned ? group.policy : undefined, env: { ...env, ...group.env }, opened: group.rows.flatMap((row) => (row.opened ?? []).map((path) => openFor(stage.rowFolder(row), path))), limit: Math.min(limit, 240_000) });
    await sleep(Math.max(0, ...group.rows.map((row) => row.settle ?? 0)));
    const isWhole = end === 'exit 0' && existsSync(join(`${plan}.results`, 'driver.done'));
    for (const row of group.rows) {
      const seen = stage.see(row, `${plan}.results`, isWhole);
      pass.seen.set(row.id, seen);
      pass.ends.set(row.id, end);
      look(row, seen, pass, stage);
    }
    if (isGoverned) pass.denials.push(...denialsIn(join(stage.home, '.patchwork', 'sessions')));
  }
  return pass;
}

function denialsIn(folder: string): AuditEvent[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name !== 'earlier.jsonl')
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line.includes('"denied"'))
    .map((line) => JSON.parse(line) as AuditEvent);
}

/** Further tries that a row has to succeed bare. */
const BARE_TRIES = 4;

interface SessionParts {
  readonly plan: string;
  /** Undefined for the bare pass. */
  readonly policy: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors, from 3 on. */
  readonly opened: readonly (number | Socket)[];
  readonly limit: number;
}

function openFor(folder: string, path: string): number | Socket {
  if (path.endsWith('.sock')) return connect(resolve(folder, path));
  return path.startsWith('>') ? openSync(resolve(folder, path.slice(1)), 'a') : openSync(resolve(folder, path), 'r');
}

async function session(stage: Stage, { plan, policy, env, opened, limit }: SessionParts): Promise<string> {
  const driver = join(stage.tools, 'driver');
  const isBare = policy === undefined;
  const policyFile = isBare ? undefined : stage.policyFile(policy);
  const words = isBare ? ['--keep', plan] : [PROGRAM, 'run', '--quiet', ...(hasGuard ? [] : ['--allow-degraded']), '--project', stage.project, ...(policyFile === undefined ? [] : ['--policy', policyFile]), driver, plan];
  const bareBin = isBare ? `${join(stage.tools, 'run', 'bin')}:` : '';
  const child = spawn(isBare ? driver : process.execPath, words, {
    cwd: stage.project,
    // A group of its own: rows send signals to it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...opened],
    ...USER,
    env: sandboxEnvironment(stage.home, {
      PATH: `${bareBin}${join(stage.tools, 'bin')}:${SYSTEM_PATH}`,
      TMPDIR: join(stage.base, 'tmp'),
      BASE: stage.base,
      OUTSIDE: stage.outside,
      TOOLS: stage.tools,
      PATCHWORK_PROGRAM: PROGRAM,
      NODE: process.execPath,
      KEEPER: String(process.pid),
      LC_ALL: 'C.UTF-8',
      TERM: 'xterm',
      LD_PRELOAD: undefined,
      PYENV_VERSION: undefined,
      ...env,
    }),
  });
  for (const each of opened) typeof each === 'number' ? closeSync(each) : each.destroy();
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdout?.resume();
  const end = await ended(child, limit);
  endDriver(`${plan}.results`, driver);
  if (process.env['PATCHWORK_SCENARIOS_VERBOSE'] !== undefined && !isBare) process.stderr.write(`${end}\n${errors}`);
  if (end === 'exit 69' || end === 'exit 78' || end === 'exit 70') return `${end}: ${errors.slice(-2000)}`;
  return end;
}

function ended(child: ChildProcess, limit: number): Promise<string> {
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    }, limit);
    // Not `close`: what a row left behind may still hold the pipes.
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(isLate ? 'hung' : signal === null ? `exit ${code}` : signal);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(`error ${error.message}`);
    });
  });
}

/** A driver whose session was killed must not go on. */
function endDriver(results: string, driver: string): void {
  try {
    const pid = Number(readFileSync(join(results, 'driver.pid'), 'utf8'));
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(driver)) process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/** The files of the tests run side by side, and on small machines; everything of a theme shares one stage. */
export function runTheme(theme: string, all: readonly Row[], options: { readonly policy?: string; readonly isLogged?: boolean; readonly hasServers?: boolean } = {}): void {
  const rows = all.filter((row) => ONLY === undefined || new RegExp(ONLY).test(row.id));
  const skipped = new Map<string, string>();
  for (const row of rows) {
    const reason = NO_COMPILER === false ? reasonToSkip(row) : NO_COMPILER;
    if (reason !== undefined) skipped.set(row.id, reason);
  }
  const tried = rows.filter((row) => !skipped.has(row.id));
  const layers: Stopper[] = hasGuard ? ['shim', 'preload', 'guard'] : ['shim', 'preload'];
  const policyOf = (row: Row): string => row.policy ?? options.policy ?? 'open';
  let stage: Stage | undefined;
  let bare = emptyPass();
  let governed = emptyPass();
  before(async () => {
    if (tried.length === 0) return;
    stage = createStage();
    const look = (row: Row, seen: Seen, pass: Pass): void => void pass.succeeded.set(row.id, row.succeeded(seen));
    const servers = options.hasServers === true ? await startServers(stage) : undefined;
    const env = servers?.env ?? {};
    try {
      bare = await runPass(tried, { stage, isGoverned: false, policyOf: (row) => (row.isAlone === true ? policyOf(row) : 'all'), look, env });
      // A race, or a limit of time, may be lost on a crowded machine: once is enough to show that it can be won.
      for (let tries = 0; tries < BARE_TRIES; tries++) {
        const lost = tried.filter((row) => bare.succeeded.get(row.id) !== true && row.optional === undefined);
        if (lost.length === 0) break;
        const again = await runPass(lost, { stage, isGoverned: false, policyOf: (row) => (row.isAlone === true ? policyOf(row) : 'all'), look, env });
        for (const row of lost) {
          bare.succeeded.set(row.id, again.succeeded.get(row.id) ?? false);
          const seen = again.seen.get(row.id);
          if (seen !== undefined) bare.seen.set(row.id, seen);
        }
      }
      if (process.env['PATCHWORK_SCENARIOS_BARE'] !== undefined) return;
      const possible = tried.filter((row) => bare.succeeded.get(row.id) === true && layers.includes(row.layer ?? 'guard'));
      // What is denied disturbs no other row: they share sessions, unless one shows that it does.
      const isApart = (row: Row): boolean => row.env !== undefined || row.settle !== undefined || row.opened !== undefined;
      governed = await runPass(possible, { stage, isGoverned: true, policyOf, look, env, isApart });
      const disturbed = possible.filter((row) => row.isAlone === true && !isApart(row) && (governed.succeeded.get(row.id) === true || governed.ends.get(row.id) !== 'exit 0'));
      const again = await runPass(disturbed, { stage, isGoverned: true, policyOf, look, env });
      for (const row of disturbed) {
        governed.succeeded.set(row.id, again.succeeded.get(row.id) ?? false);
        governed.ends.set(row.id, again.ends.get(row.id) ?? '');
        const seen = again.seen.get(row.id);
        if (seen !== undefined) governed.seen.set(row.id, seen);
      }
      governed.denials.push(...again.denials);
    } finally {
      servers?.close();
    }
  });
  after(() => stage?.remove());
  for (const row of rows) {
    test(`${theme}: ${row.title}`, isOpen(theme, row.id), (context) => {
      const reason = skipped.get(row.id);
      if (reason !== undefined) return context.skip(reason);
      const seenBare = bare.seen.get(row.id);
      if (bare.succeeded.get(row.id) !== true) {
        if (row.optional !== undefined) return context.skip(`not possible here, even bare: ${row.optional}`);
        assert.fail(`bare, it must succeed, or it tests nothing: ${describe(seenBare)} ${bare.ends.get(row.id)}`);
      }
      if (!layers.includes(row.layer ?? 'guard')) return context.skip('it succeeds bare; the kernel guard that stops it is not there');
      const seen = governed.seen.get(row.id);
      assert.ok(seen !== undefined, 'it was not run');
      assert.equal(governed.succeeded.get(row.id), false, `it got through (${row.id}): ${describe(seen)} ${governed.ends.get(row.id)}`);
      assert.equal(seen.isTimeout, false, `it hung (${row.id})`);
      assert.equal(governed.ends.get(row.id), 'exit 0', `the session did not come to its end (${row.id}): ${describe(seen)}`);
      assert.ok(seen.code !== -2, `it did not run at all (${row.id})`);
      // What is closed to everybody (namespaces, io_uring, other entries of the kernel) is no decision of a policy.
      const isClosed = /Operation not permitted|Function not implemented/.test(seen.out + seen.err);
      if (row.isLogged ?? (options.isLogged === true && !isClosed)) assert.ok(governed.denials.some((event) => JSON.stringify(event).includes(`rows/${row.id}`)), `no denial of it is in the log (${row.id}): ${describe(seen)}`);
      return undefined;
    });
  }
}

export function describe(seen: Seen | undefined): string {
  if (seen === undefined) return 'nothing was seen';
  return `exit ${seen.code}, signal ${seen.signal}${seen.isTimeout ? ', timeout' : ''}, stdout ${JSON.stringify(seen.out.slice(0, 500))}, stderr ${JSON.stringify(seen.err.slice(0, 900))} canary ${canaryOf(seen.id)}`;
}
