/** The index on a disk that is full, fills up, or cannot be written: the logs answer themselves, and that is said. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { generateLogs } from '../support/generated-log.ts';
import { PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';

const EVENTS = 5000;
let base: string;
let home: string;
let isMounted = false;

before(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'patchwork-disk-')));
  home = join(base, 'home');
  mkdirSync(home);
  generateLogs({ folder: join(base, 'logs'), events: EVENTS, sessions: 5, days: 2 });
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'none', home]).status === 0;
  if (!isMounted) return;
  const folder = join(home, '.patchwork', 'sessions');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(join(base, 'logs'))) copyFileSync(join(base, 'logs', name), join(folder, name));
});
after(() => {
  if (isMounted) spawnSync('umount', ['-l', home]);
  rmSync(base, { recursive: true, force: true });
});

/** Leaves so many KiB of the disk. */
function leave(kib: number): void {
  const { bavail, bsize } = statfsSync(home);
  writeFileSync(join(home, 'filler'), Buffer.alloc(bavail * bsize - kib * 1024));
}

function ask(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...args], { env: sandboxEnvironment(home), encoding: 'utf8', cwd: base });
}

for (const kib of [0, 200, 900]) {
  test(`with ${kib} KiB left the logs answer, and why is said`, (context) => {
    if (!isMounted) return context.skip('mounting is not permitted');
    rmSync(join(home, '.patchwork', 'index'), { recursive: true, force: true });
    leave(kib);
    try {
      const { status, stdout, stderr } = ask('search', 'sudo', '-n', '3');
      assert.equal(status, 0, stderr);
      assert.equal(stdout.trimEnd().split('\n').length, 3);
      assert.match(stderr, /^patchwork: the logs are read without an index, which is slower: .*(?:full|ENOSPC)/);
      assert.doesNotMatch(stderr, /this is a bug/);
    } finally {
      rmSync(join(home, 'filler'));
    }
    // Room again: the index is made, from where it came to.
    const { stdout, stderr } = ask('search', 'sudo', '-n', '3');
    assert.equal(stderr, '');
    assert.equal(stdout.trimEnd().split('\n').length, 3);
  });
}

test('on a disk that cannot be written the logs answer, with an index and without', (context) => {
  if (!isMounted) return context.skip('mounting is not permitted');
  rmSync(join(home, '.patchwork', 'index'), { recursive: true, force: true });
  for (const hasIndex of [false, true]) {
    if (hasIndex) assert.equal(ask('log', '-n', '1').status, 0);
    assert.equal(spawnSync('mount', ['-o', 'remount,ro', home]).status, 0);
    try {
      const { status, stdout, stderr } = ask('log', '-n', '4', '--status', 'denied');
      assert.equal(status, 0, stderr);
      assert.equal(stdout.trimEnd().split('\n').length, 4);
      assert.doesNotMatch(stderr, /this is a bug/);
      const pruned = ask('log', 'prune', '--older-than', '1h');
      assert.notEqual(pruned.status, 0);
      assert.match(pruned.stderr, /cannot be made/);
    } finally {
      spawnSync('mount', ['-o', 'remount,rw', home]);
    }
  }
});
