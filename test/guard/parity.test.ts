/**
 * Calls in odd circumstances: full tables, limits, memory that is not there, words and first lines of all lengths, timers,
 * threads, descriptors. Each result is the one without the guard. Paths of all kinds are in differential.test.ts.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileC } from '../support/compile.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { PROGRAM, ROOT, sandboxEnvironment } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? false;
const isRoot = process.getuid?.() === 0;
const ORDINARY = 12_345;
const POLICIES = {
  open: 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/.env*", "locked/**"]\n',
  closed: 'version: 1\nmode: fail-closed\nrules:\n  files:\n    deny: ["**/.env*", "locked/**"]\n  commands:\n    allow: ["*/parity-files *", "*/parity-processes *"]\n  network:\n    allow: ["localhost"]\n',
};
/** Writing there is not what a command is covered for. */
const OUTSIDE = /^\/ |\/etc\/passwd|\/proc\/self\/(?:mem|cmdline)|^open\("\/proc/;

let base: string;
before(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'pw-parity-')));
  chmodSync(base, 0o755);
  for (const program of ['parity-files', 'parity-processes']) {
    assert.equal(compileC(join(ROOT, 'test', 'fixtures', 'guard', `${program}.c`), join(base, program), ['-pthread']), undefined);
    chmodSync(join(base, program), 0o755);
  }
});
after(() => rmSync(base, { recursive: true, force: true }));

interface Place {
  readonly project: string;
  readonly user: { readonly uid?: number; readonly gid?: number };
  run(words: readonly string[]): { readonly stdout: string; readonly stderr: string; readonly status: number | null };
}

function settle(name: string, policy: string, uid: number | undefined): Place {
  const folder = (path: string): string => {
    const made = join(base, path);
    mkdirSync(made, { recursive: true });
    if (uid !== undefined) chownSync(made, uid, uid);
    return made;
  };
  const project = folder(name);
  for (const each of ['.git', 'home', 'bare', 'governed']) folder(join(name, each));
  const file = join(project, 'policy.yml');
  writeFileSync(file, policy);
  if (uid !== undefined) chownSync(file, uid, uid);
  const user = uid === undefined ? {} : { uid, gid: uid };
  return {
    project,
    user,
    run: ([word = '', ...args]) => spawnSync(word, args, { cwd: project, env: sandboxEnvironment(join(project, 'home'), { TMPDIR: project }), encoding: 'latin1', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, ...user }),
  };
}

const governed = (place: Place, ...words: readonly string[]): string[] => [process.execPath, PROGRAM, 'run', '--quiet', '--project', place.project, '--policy', join(place.project, 'policy.yml'), ...words];

for (const [who, uid] of [['own', undefined], ['ordinary', ORDINARY]] as const) {
  for (const [mode, policy] of Object.entries(POLICIES)) {
    for (const program of ['parity-files', 'parity-processes']) {
      test(`${program} gives the same: ${who} user, fail-${mode}`, { skip: skip === false && uid !== undefined && !isRoot ? 'the test before is of one' : skip }, () => {
        const place = settle(`${who}-${mode}-${program}`, policy, uid);
        const compared = (text: string): string[] => text.split('\n').filter((line) => mode === 'open' || !OUTSIDE.test(line));
        const bare = place.run([join(base, program), join(place.project, 'bare')]);
        assert.equal(bare.status, 0, bare.stderr);
        // The shell starts it, which its rule allows and covers.
        const seen = place.run(governed(place, 'sh', '-c', `'${join(base, program)}' '${join(place.project, 'governed')}'; exit $?`));
        assert.equal(seen.status, 0, seen.stderr);
        const [expected, got] = [compared(bare.stdout), compared(seen.stdout)];
        assert.ok(expected.length > 400, 'it must try a lot');
        assert.deepEqual(got.filter((line, index) => line !== expected[index]), expected.filter((line, index) => line !== got[index]));
        assert.equal(got.length, expected.length);
      });
    }
  }
}

test('a program that may be executed but not read is refused before it starts, and said so', { skip }, () => {
  const place = settle('unread', POLICIES.open, isRoot ? ORDINARY : undefined);
  const script = 'cp /bin/true t; chmod 0111 t; printf "#!/bin/sh\\nexit 6\\n" > s; chmod 0111 s; ./t; echo $?; ./s; echo $?; chmod 0555 t s; ./t; echo $?; ./s; echo $?';
  const { stdout, stderr } = place.run(governed(place, 'sh', '-c', script));
  assert.equal(stdout, '126\n126\n0\n6\n');
  assert.match(stderr, /may be executed but not read/);
  assert.doesNotMatch(stderr, /what was about to run/);
});
