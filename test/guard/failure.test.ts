/** What dies with what: nothing of a session goes on without the guard, or without the evaluator. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isRunning, startLive, until } from '../support/live-session.ts';
import { createSandbox, PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';
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

/** The root folder of a world of its own, over the system's: the agent may do with it what it likes. `$1` and `$2` lie in both. */
const OWN_ROOT = `mount --make-rprivate / && mkdir -p layer && mount -t tmpfs none layer && mkdir layer/upper layer/work layer/root && chmod 755 layer/upper &&
  mount -t overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work none layer/root || exit 99
for folder in /proc /dev /sys "$1" "$2"; do mkdir -p "layer/root$folder" && mount --rbind "$folder" "layer/root$folder"; done
chmod 755 "$HOME"; shift 2; exec chroot layer/root "$@"`;

/** The superuser closes the root folder, and somebody else binds a socket. */
const CLOSED_ROOT = `
import os, socket
os.chmod("/", 0o700)
if os.fork() == 0:
    os.setresuid(1000, 1000, 1000)
    try: socket.socket(socket.AF_UNIX).bind("own-socket")
    except OSError: pass
    os._exit(0)
os.wait()
os.chmod("/", 0o755)
print("goes on", open("/etc/passwd").readline(), flush=True)
`;

test('a guard that has acted for somebody who may not enter the root folder goes on', { skip: process.getuid?.() === 0 ? skip : 'only the superuser can be somebody else' }, (context) => {
  sandbox.write('closed-root.py', CLOSED_ROOT);
  sandbox.write('open.yml', 'version: 1\nmode: fail-open\n');
  const session = [process.execPath, PROGRAM, 'run', '--quiet', '--policy', join(sandbox.project, 'open.yml'), '--project', sandbox.project, 'python3', join(sandbox.project, 'closed-root.py')];
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', OWN_ROOT, 'sh', tmpdir(), ROOT, ...session], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 30_000 });
  if (status === 99) return context.skip('no mounts of its own here');
  assert.match(stdout, /goes on root/, stderr);
  assert.equal(status, 0);
});
