/** Where a session keeps its folders, and what happens where it cannot. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { startLive } from '../support/live-session.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? false : 'only root can give a folder to another user or mount';

let sandbox: Sandbox;
let folder: string;
before(() => {
  sandbox = createSandbox('places');
  // Short: a Unix socket's path has some hundred bytes.
  folder = mkdtempSync('/tmp/pw-');
});
after(() => {
  sandbox.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder that stands for XDG_RUNTIME_DIR or TMPDIR. */
function place(name: string, mode = 0o700): string {
  const path = join(folder, name);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

async function runtimeWith(env: NodeJS.ProcessEnv): Promise<{ runtime: string; mode: number; owner: number; shimmed: string }> {
  const session = await startLive(sandbox, { env, script: 'type -P env' });
  const { mode, uid } = lstatSync(session.runtime);
  await session.end();
  return { runtime: session.runtime, mode: mode & 0o777, owner: uid, shimmed: session.output().trim() };
}

test('the folder lies in XDG_RUNTIME_DIR where there is one, private to its owner', async () => {
  const xdg = place('xdg');
  const { runtime, mode, shimmed } = await runtimeWith({ XDG_RUNTIME_DIR: xdg });
  assert.equal(dirname(dirname(runtime)), xdg);
  assert.deepEqual([mode, shimmed], [0o700, join(runtime, 'bin', 'env')]);
});

test('without XDG_RUNTIME_DIR it lies in the temporary folder', async () => {
  const temporary = place('tmp', 0o1777);
  for (const xdg of [undefined, '', 'relative/path']) {
    const { runtime } = await runtimeWith({ XDG_RUNTIME_DIR: xdg, TMPDIR: temporary });
    assert.equal(dirname(dirname(runtime)), temporary);
  }
});

test('an XDG_RUNTIME_DIR that is not there is not made', async () => {
  const { runtime } = await runtimeWith({ XDG_RUNTIME_DIR: join(folder, 'not-there') });
  assert.ok(!runtime.startsWith(folder), runtime);
  assert.ok(!existsSync(join(folder, 'not-there')));
});

test('an XDG_RUNTIME_DIR that everybody can write is not trusted', async () => {
  const { runtime } = await runtimeWith({ XDG_RUNTIME_DIR: place('open', 0o777) });
  assert.ok(!runtime.startsWith(folder), runtime);
});

test('an XDG_RUNTIME_DIR of another user is not trusted', { skip: needsRoot }, async () => {
  const xdg = place('foreign');
  chownSync(xdg, 65_534, 65_534);
  const { runtime } = await runtimeWith({ XDG_RUNTIME_DIR: xdg });
  assert.ok(!runtime.startsWith(folder), runtime);
});

test('a link or a folder of somebody else that was there first is not used', { skip: needsRoot }, async () => {
  const own = `patchwork-${process.getuid?.()}`;
  const elsewhere = place('elsewhere');
  const linked = place('linked', 0o1777);
  symlinkSync(elsewhere, join(linked, own));
  assert.ok((await runtimeWith({ TMPDIR: linked })).owner === 0);
  assert.deepEqual(readdirSync(elsewhere), []);
  const taken = place('taken', 0o1777);
  mkdirSync(join(taken, own));
  chownSync(join(taken, own), 65_534, 65_534);
  const { runtime, owner, mode } = await runtimeWith({ TMPDIR: taken });
  assert.ok(!runtime.startsWith(`${join(taken, own)}/`), runtime);
  assert.deepEqual([owner, mode], [0, 0o700]);
});

test('a dangling link in its place is not followed', async () => {
  const temporary = place('dangling', 0o1777);
  symlinkSync(join(folder, 'target'), join(temporary, `patchwork-${process.getuid?.()}`));
  await runtimeWith({ TMPDIR: temporary });
  assert.ok(!existsSync(join(folder, 'target')));
});

test('a folder that others could read is closed', async () => {
  const temporary = place('loose', 0o1777);
  const own = join(temporary, `patchwork-${process.getuid?.()}`);
  mkdirSync(own, { mode: 0o777 });
  chmodSync(own, 0o777);
  await runtimeWith({ TMPDIR: temporary });
  assert.equal(lstatSync(own).mode & 0o777, 0o700);
});

test('a path with blanks and quotes works, for the shims and for Node', () => {
  const temporary = place('a "b" c', 0o1777);
  const { status, stdout, stderr } = sandbox.run(['run', '-q', 'bash', '-c', 'uname -s; node -p 1; env -u NODE_OPTIONS node -p 2'], { env: { TMPDIR: temporary } });
  assert.deepEqual([status, stdout], [0, 'Linux\n1\n2\n'], stderr);
});

test('a path too long for a socket falls back, or is refused in a sentence', () => {
  const { status, stderr } = sandbox.run(['run', '-q', 'true'], { env: { TMPDIR: place('x'.repeat(110), 0o1777) } });
  assert.ok(status === 0 || status === 73, stderr);
  if (status !== 0) assert.match(stderr, /too long for a Unix socket[\s\S]*hint:/);
});

test('where programs cannot be executed, no session claims to have shims', { skip: needsRoot }, (context) => {
  const mounted = place('noexec');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'noexec,mode=1777,size=64m', 'none', mounted]).status !== 0) return context.skip('mounting is not permitted');
  try {
    sandbox.write('deny.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["uname *"]\n');
    sandbox.write('inner.sh', 'uname -s\n');
    for (const env of [{ XDG_RUNTIME_DIR: mounted }, { TMPDIR: mounted }]) {
      const { status, stdout, stderr } = sandbox.run(['run', '--policy', 'deny.yml', 'bash', './inner.sh'], { env });
      assert.doesNotMatch(stdout, /Linux/, stderr);
      assert.ok(status === 126 || status === 73 || status === 69, `${status}: ${stderr}`);
    }
  } finally {
    spawnSync('umount', [mounted]);
  }
});

test('a home that cannot be written is refused in a sentence', { skip: needsRoot }, (context) => {
  const mounted = place('ro-home');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'none', mounted]).status !== 0) return context.skip('mounting is not permitted');
  try {
    const { status, stderr } = sandbox.run(['run', '-q', 'true'], { env: { HOME: mounted } });
    assert.equal(status, 74, stderr);
    assert.match(stderr, /^patchwork: the audit log .* cannot be written: EROFS: .*\n {2}hint: .*\n$/);
  } finally {
    spawnSync('umount', [mounted]);
  }
});

/** Under a bound on the size of files (KiB), which acts as a full disk for the log. */
function withFullDisk(policy: string): { status: number | null; stdout: string; stderr: string } {
  sandbox.write('policy.yml', policy);
  sandbox.write('many.sh', 'for i in {1..250}; do uname -s > /dev/null || { echo "refused $?"; break; }; done; forbidden-word 2>/dev/null; exit 5\n');
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `ulimit -f 120; exec "$0" "$@"`, process.execPath, PROGRAM, 'run', '--policy', 'policy.yml', '--allow-degraded', 'bash', './many.sh'], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('fail-open: a full disk does not stop the agent; its exit code stays, and the summary says that the log has gaps', () => {
  const { status, stdout, stderr } = withFullDisk('version: 1\nmode: fail-open\nrules: {}\n');
  assert.deepEqual([status, stdout], [5, ''], stderr);
  assert.match(stderr, /not (?:be )?(?:recorded|written)|cannot be written/);
});

test('fail-closed: what cannot be recorded is denied, and the exit code is still the agent’s', () => {
  const { status, stdout, stderr } = withFullDisk('version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["*"]\n  files:\n    allow: ["**"]\n');
  assert.equal(stdout, 'refused 126\n');
  assert.match(stderr, /could not be recorded/);
  assert.equal(status, 5, stderr);
});

test('a log that met a full disk is whole up to there', () => {
  withFullDisk('version: 1\nmode: fail-open\nrules: {}\n');
  const { stdout, status } = sandbox.run(['verify']);
  assert.equal(status, 0, stdout);
});

test('an ordinary user has sessions of his own', { skip: needsRoot }, async (context) => {
  const outside = dirname(PROGRAM).split('/').slice(1).map((_, index, all) => `/${all.slice(0, index + 1).join('/')}`);
  if (outside.some((path) => (lstatSync(path).mode & 0o005) !== 0o005)) return context.skip('the checkout cannot be read by other users');
  const user = { uid: 65_534, gid: 65_534 };
  const his = createSandbox('user');
  for (const path of [dirname(his.home), his.home, his.project]) chownSync(path, user.uid, user.gid);
  const session = await startLive(his, { user, script: 'id -u; type -P env; uname -s', options: [] });
  const { uid, mode } = lstatSync(session.runtime);
  await session.end();
  assert.deepEqual([uid, mode & 0o777], [user.uid, 0o700]);
  assert.deepEqual(session.output().trim().split('\n'), [String(user.uid), join(session.runtime, 'bin', 'env'), 'Linux'], session.errors());
  his.remove();
});

test('sessions inside sessions, three deep, all find their socket', () => {
  const inner = [process.execPath, PROGRAM, 'run', '-q'];
  const { status, stdout, stderr } = sandbox.run(['run', '-q', ...inner, ...inner, 'bash', '-c', 'uname -s; echo "$TMPDIR"'], { timeout: 120_000 });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Linux\n\S+\/pw\/[0-9a-f]{6}-tmp\n$/);
});

test('a temporary folder whose session is gone is removed by the next start, one in use is not', async () => {
  const temporary = place('orphans', 0o1777);
  const own = join(temporary, `patchwork-${process.getuid?.()}`);
  const orphan = join(own, '20200101T000000-abcdef-tmp');
  const fresh = join(own, '20200101T000000-abcde0-tmp');
  const other = join(own, 'notes-tmp');
  for (const each of [orphan, fresh, other]) mkdirSync(join(each, 'below'), { recursive: true, mode: 0o700 });
  for (const each of [orphan, other]) utimesSync(each, 1, 1);
  const live = await startLive(sandbox, { env: { TMPDIR: temporary } });
  const used = join(own, `${live.id}-tmp`);
  utimesSync(used, 1, 1);
  sandbox.run(['run', '-q', 'sleep', '0.3'], { env: { TMPDIR: temporary } });
  assert.deepEqual([orphan, fresh, other, used].map((each) => existsSync(each)), [false, true, true, true]);
  // The same with its folder where the next start does not look.
  renameSync(live.runtime, `${live.runtime}.away`);
  sandbox.run(['run', '-q', 'sleep', '0.3'], { env: { TMPDIR: temporary } });
  assert.ok(existsSync(used));
  renameSync(`${live.runtime}.away`, live.runtime);
  await live.end();
});
