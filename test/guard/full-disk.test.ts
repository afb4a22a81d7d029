/** Under fail-closed, on a disk that the agent fills and empties while it works: what passed is on record, in the log or beside it, and `verify` says which. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? (process.getuid?.() === 0 ? false : 'a small file system needs the superuser');
const POLICY = 'version: 1\nmode: fail-closed\nrules:\n  files:\n    deny: ["**/*.env"]\n  commands:\n    allow: ["python3 *"]\n';
let sandbox: Sandbox;
let isMounted = false;

before(() => {
  sandbox = createSandbox('full-disk');
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=755', 'none', sandbox.home]).status === 0;
});
after(() => {
  if (isMounted) spawnSync('umount', ['-l', sandbox.home]);
  sandbox.remove();
});

test('a session that a full disk keeps from beginning leaves no log, which would look cut off', { skip }, (t) => {
  if (!isMounted) return t.skip('nothing can be mounted here');
  const logs = join(sandbox.home, '.patchwork', 'sessions');
  assert.equal(sandbox.run(['run', '--quiet', 'true']).status, 0);
  const before = readdirSync(logs);
  spawnSync('sh', ['-c', 'cat /dev/zero > "$0"', join(sandbox.home, 'fill')]);
  const { status, stderr } = sandbox.run(['run', 'true']);
  rmSync(join(sandbox.home, 'fill'));
  assert.match(stderr, /ENOSPC/);
  assert.equal(status, 74);
  assert.deepEqual(readdirSync(logs), before);
  assert.deepEqual(readdirSync(join(logs, '..', 'seals')), before);
  assert.equal(sandbox.run(['verify']).status, 0);
  rmSync(join(sandbox.home, '.patchwork'), { recursive: true });
  return undefined;
});

/** Names with letters beyond ASCII are asked about, so what was told before is written before. */
const PROGRAM = `
import os, time
def ask(name):
    try: os.mkdir(name)
    except OSError: pass
for i in range(3000): os.mkdir("made%d" % i)
time.sleep(.3)
fill = os.open("fill", os.O_WRONLY | os.O_CREAT)
for size in (65536, 1):
    try:
        while True: os.write(fill, b"x" * size)
    except OSError: pass
for i in range(5): os.rmdir("made%d" % i)
ask("\\u00e9one")
os.ftruncate(fill, 0)
os.rmdir("made5")
ask("\\u00e9two")
print("removed")
`;

test('what was lost while the disk was full is told, though it was emptied again', { skip, timeout: 60_000 }, (t) => {
  if (!isMounted) return t.skip('nothing can be mounted here');
  const project = join(sandbox.home, 'project');
  mkdirSync(join(project, '.git'), { recursive: true });
  const policy = sandbox.write(join(sandbox.home, 'policy.yml'), POLICY);
  sandbox.write(join(project, 'fill.py'), PROGRAM);
  const { stdout, stderr } = sandbox.run(['run', '--quiet', '--policy', policy, 'sh', '-c', 'python3 fill.py; exit'], { cwd: project, env: { PATH: '/usr/bin:/bin' } });
  assert.equal(stdout, 'removed\n', stderr);
  const { passed } = JSON.parse(sandbox.run(['verify', '--json']).stdout) as { passed: { action: string; real: string }[] };
  const recorded = sandbox.events().map(({ action, target }) => `${action} ${'abs_path' in target ? target.abs_path : ''}`);
  const told = [...recorded, ...passed.map(({ action, real }) => `${action} ${real}`)];
  const gone = Array.from({ length: 6 }, (_, i) => `file_delete ${project}/made${i}`);
  assert.deepEqual(gone.filter((each) => !told.includes(each)), []);
  assert.ok(!gone.every((each) => recorded.includes(each)), 'the disk was never full');
  assert.deepEqual(readdirSync(join(sandbox.home, '.patchwork', 'sessions')).filter((name) => name.endsWith('.ahead')).length, 1);
});
