/** What dies with what: nothing of a session goes on without the guard, or without the evaluator. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isRunning, startLive, until } from '../support/live-session.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';
import { whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;
let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('guard-failure');
});
after(() => sandbox.remove());

/** A daemon that nobody in the session is the parent of any more, and what it wrote. */
const DAEMON = '(setsid sleep 300 & echo $! > daemon.pid); while [ ! -s daemon.pid ]; do :; done; cat daemon.pid';

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function isGone(pid: number): boolean {
  try {
    return !isRunning(pid) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // Between the two looks.
    return true;
  }
}

test('a guard that somebody stops goes on', { skip }, async () => {
  const session = await startLive(sandbox, { script: 'echo ready; read go; : > new; echo done' });
  await until(() => session.output().includes('ready'), 'it waits');
  const guard = parentOf(session.agentPid);
  process.kill(guard, 'SIGSTOP');
  session.process.stdin?.write('go\n');
  await until(() => session.output().includes('done'), 'it goes on');
  assert.deepEqual(await session.end(), { code: 1, signal: null });
});

for (const victim of ['guard', 'session'] as const) {
  test(`without the ${victim} nothing of the session goes on`, { skip }, async () => {
    const session = await startLive(sandbox, { script: DAEMON });
    await until(() => /^\d+$/m.test(session.output()), 'the daemon runs');
    const daemon = Number(session.output().trim());
    const guard = parentOf(session.agentPid);
    assert.match(readFileSync(`/proc/${guard}/comm`, 'utf8'), /^guard/);
    process.kill(victim === 'guard' ? guard : (session.process.pid ?? 0), 'SIGKILL');
    await until(() => isGone(session.agentPid), 'the agent is gone', 5000);
    await until(() => isGone(daemon), 'its daemon is gone', 5000);
    await until(() => isGone(guard), 'the guard is gone', 5000);
    await session.end();
  });
}
