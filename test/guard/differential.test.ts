/** Thousands of calls on all kinds of paths: results, errors, modes and what becomes of the files are those without the guard. */
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
/** Each Nth of some 20,000 calls; 1 in PATCHWORK_DIFFERENTIAL tries all. */
const SHARE = process.env['PATCHWORK_DIFFERENTIAL'] ?? '29';
const ORDINARY = 12_345;
const POLICY = 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/.env*", "locked/**"]\n';
const isRoot = process.getuid?.() === 0;

let base: string;
before(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'pw-differential-')));
  chmodSync(base, 0o755);
  assert.equal(compileC(join(ROOT, 'test', 'fixtures', 'guard', 'differential.c'), join(base, 'differential')), undefined);
  chmodSync(join(base, 'differential'), 0o755);
});
after(() => rmSync(base, { recursive: true, force: true }));

function compare(name: string, session: number | undefined, tree: number | undefined, prefix: readonly string[]): void {
  const folder = (path: string, owner: number | undefined): string => {
    const made = join(base, path);
    mkdirSync(made, { recursive: true });
    if (owner !== undefined) chownSync(made, owner, owner);
    return made;
  };
  const project = folder(name, session);
  for (const each of ['.git', 'home']) folder(join(name, each), session);
  const policy = join(project, 'policy.yml');
  writeFileSync(policy, POLICY);
  if (session !== undefined) chownSync(policy, session, session);
  const run = (words: readonly string[], trees: string): string => {
    const [file = '', ...args] = [...words, ...prefix, join(base, 'differential'), trees, SHARE];
    const { status, stdout, stderr } = spawnSync(file, args, { cwd: project, env: sandboxEnvironment(join(project, 'home'), { TMPDIR: project }), encoding: 'latin1', maxBuffer: 64 << 20, timeout: 300_000, ...(session === undefined ? {} : { uid: session, gid: session }) });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const bare = run([], folder(join(name, 'bare'), tree ?? session));
  const governed = run([process.execPath, PROGRAM, 'run', '--quiet', '--project', project, '--policy', policy], folder(join(name, 'governed'), tree ?? session));
  const [expected, seen] = [bare.split('\n'), governed.split('\n')];
  assert.ok(expected.length > 1000, 'it must try a lot');
  assert.deepEqual(seen.filter((line, index) => line !== expected[index]), expected.filter((line, index) => line !== seen[index]));
  assert.equal(seen.length, expected.length);
}

test('calls come out the same', { skip }, () => compare('own', undefined, undefined, []));
test('calls of an ordinary user come out the same', { skip: skip === false && !isRoot ? 'the test before is of one' : skip }, () => compare('ordinary', ORDINARY, undefined, []));
test('calls of a process that gave up the rights of the superuser come out the same', { skip: skip === false && !isRoot ? 'only the superuser can' : skip }, () => compare('lowered', undefined, ORDINARY, ['setpriv', `--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, '--clear-groups']));
