/** Signals to the session, its violent end, and what it leaves behind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, startLive, until } from '../support/live-session.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('signals');
});
after(() => sandbox.remove());

/** Runtime and temporary folder of a session; both are gone after a clean end. */
const foldersOf = (runtime: string, id: string): string[] => [runtime, join(dirname(runtime), `${id}-tmp`)];

/** The shim folder goes beside the end of the session, so a moment later. */
const areGone = (folders: readonly string[]): boolean => folders.every((folder) => !existsSync(folder));

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  test(`${signal} to the session reaches the agent, which may take its time`, async () => {
    const session = await startLive(sandbox, { script: `trap 'echo got; exit 9' ${signal.slice(3)}; echo ready` });
    await until(() => session.output().includes('ready'), 'the trap is set');
    session.process.kill(signal);
    await until(() => session.process.exitCode !== null || session.process.signalCode !== null, `${signal} ended the agent`, 3000).catch(() => {});
    const { code, signal: ended } = await session.end();
    assert.deepEqual([code, ended, session.output()], [9, null, 'ready\ngot\n']);
    await until(() => areGone(foldersOf(session.runtime, session.id)), 'the folders are gone', 2000);
  });
}

test('after a clean end nothing is left but the log', async () => {
  const session = await startLive(sandbox);
  for (const folder of foldersOf(session.runtime, session.id)) assert.ok(existsSync(folder), folder);
  assert.deepEqual(await session.end(), { code: 1, signal: null });
  await until(() => areGone(foldersOf(session.runtime, session.id)), 'the folders are gone', 2000);
  assert.ok(existsSync(join(sandbox.home, '.patchwork', 'sessions', `${session.id}.jsonl`)));
});

test('after SIGKILL the next start removes what was left, and only that', async () => {
  const [killed, other] = [await startLive(sandbox), await startLive(sandbox)];
  killed.process.kill('SIGKILL');
  await until(() => !isRunning(killed.process.pid ?? 0) || killed.process.signalCode !== null, 'it is gone');
  // The guard ends its agent with the session; without one it lives on.
  if (isRunning(killed.agentPid)) process.kill(killed.agentPid, 'SIGKILL');
  await until(() => !isRunning(killed.agentPid), 'its agent is gone');
  const next = await startLive(sandbox);
  await until(() => areGone(foldersOf(killed.runtime, killed.id)), 'the folders are gone');
  for (const folder of foldersOf(other.runtime, other.id)) assert.ok(existsSync(folder), folder);
  await other.end();
  await next.end();
});

test('while the session is dead, its agent can start nothing', async () => {
  const session = await startLive(sandbox, { options: ['--quiet', '--no-guard'], script: 'while kill -0 $PPID && read -t 0.05 x || [ "$(</proc/$PPID/comm)" = node ]; do :; done 2>/dev/null; uname -s; echo "code $?" > said' });
  session.process.kill('SIGKILL');
  const said = join(sandbox.project, 'said');
  await until(() => existsSync(said) && readFileSync(said, 'utf8') !== '', 'the agent went on');
  assert.equal(readFileSync(said, 'utf8'), 'code 126\n');
  process.kill(session.agentPid, 'SIGKILL');
});

test('processes that outlive the agent are ended, also stubborn and stopped ones', async () => {
  const script = "exec 5>&1 > /dev/null 2>&1; setsid sleep 300 & a=$!; (trap '' TERM HUP; exec sleep 300) & b=$!; sleep 300 & c=$!; kill -STOP $c; nohup sleep 300 > /dev/null 2>&1 & echo $a $b $c $! >&5";
  const { stdout, stderr } = sandbox.run(['run', 'bash', '-c', script]);
  const pids = stdout.trim().split(' ').map(Number);
  assert.equal(pids.length, 4, stderr);
  await sleep(50);
  for (const pid of pids) assert.ok(!isRunning(pid) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), String(pid));
  assert.match(stderr, /ended 4 processes left behind/);
});

test('a stopped agent ends at SIGTERM, which it would otherwise never hear; one that runs hears nothing else', async () => {
  for (const options of [['-q'], ['-q', '--no-guard']]) {
    const stopped = await startLive(sandbox, { options, script: 'kill -STOP $$; sleep 300' });
    await until(() => /\) T /.test(readFileSync(`/proc/${stopped.agentPid}/stat`, 'utf8')), 'it is stopped');
    const ended = once(stopped.process, 'exit');
    stopped.process.kill('SIGTERM');
    assert.deepEqual(await ended, [null, 'SIGTERM'], String(options));
    const running = await startLive(sandbox, { options, script: 'trap "echo continued" CONT; trap "echo ended; exit 5" TERM; while :; do sleep 0.05; done' });
    await sleep(200);
    const left = once(running.process, 'exit');
    running.process.kill('SIGTERM');
    assert.deepEqual(await left, [5, null], String(options));
    assert.equal(running.output(), 'ended\n', String(options));
  }
});

/** Folders in which earlier sessions are looked for. */
const base = join(tmpdir(), `patchwork-${process.getuid?.() ?? 0}`);

const RECORDS: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '5'],
  ['an empty object', '{}'],
  ['a record without its folder', '{"pid":4194300}'],
  ['a record with a folder that is no text', '{"pid":4194300,"temporary":5}'],
  ['a pid that is no number', '{"pid":"x","temporary":"/tmp/x"}'],
  ['a pid of a group', '{"pid":-1,"temporary":"/tmp/x"}'],
  ['a pid of everybody', '{"pid":0,"temporary":"/tmp/x"}'],
];

for (const [what, text] of RECORDS) {
  test(`a damaged record of another session (${what}) disturbs neither run nor status`, () => {
    const folder = join(base, `damaged-${process.pid}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'session.json'), text);
    try {
      const run = sandbox.run(['run', '-q', 'sleep', '0.1']);
      assert.deepEqual([run.status, run.stderr], [0, '']);
      const status = sandbox.run(['status']);
      assert.equal(status.status, 0, status.stderr);
      assert.doesNotMatch(status.stdout, /undefined|NaN/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test('a forged record of a dead session makes nothing outside its own folder be removed', () => {
  const victim = join(sandbox.project, 'victim');
  for (const temporary of [victim, `${base}/../${victim}`, `${base}/x-tmp/../../..${victim}`]) {
    mkdirSync(victim, { recursive: true });
    const folder = join(base, `forged-${process.pid}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'session.json'), JSON.stringify({ id: `forged-${process.pid}`, pid: 4_194_300, started: '1', agent: 'x', command: [], project: '/', since: '', temporary, log: '', policies: [] }));
    sandbox.run(['run', '-q', 'sleep', '0.2']);
    assert.ok(existsSync(victim), temporary);
  }
});
