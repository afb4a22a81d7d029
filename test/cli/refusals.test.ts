/** What the system refuses is said in a sentence with its place, never as a bug with a stack. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, openSync, closeSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

const SENTENCE = /^patchwork: [^\n]+\n {2}hint: [^\n]+\n$/;
const needsRoot = process.getuid?.() === 0 ? false : 'only root can mount';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('refusals');
});
after(() => sandbox.remove());

/** A folder on a disk of its own, with nothing left on it. */
function withFullDisk(kilobytes: number, use: (folder: string) => void): boolean {
  const folder = join(sandbox.home, `disk-${kilobytes}`);
  mkdirSync(folder);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=1777,size=${kilobytes}k`, 'none', folder]).status !== 0) return false;
  try {
    use(folder);
  } finally {
    spawnSync('umount', [folder]);
  }
  return true;
}

test('`policy init` where no folder can be made', () => {
  const home = sandbox.write('home-that-is-a-file', '');
  const { status, stdout, stderr } = sandbox.run(['policy', 'init'], { env: { HOME: home } });
  assert.deepEqual([status, stdout], [73, '']);
  assert.match(stderr, SENTENCE);
  assert.ok(stderr.includes(join(home, '.patchwork')), stderr);
});

test('`policy init` on a full disk leaves the policy that was there, and no half of a new one', { skip: needsRoot }, (context) => {
  const isDone = withFullDisk(64, (home) => {
    const file = join(home, '.patchwork', 'policy.yml');
    mkdirSync(join(home, '.patchwork'));
    writeFileSync(file, 'version: 1\nmode: fail-open\n');
    spawnSync('dd', ['if=/dev/zero', `of=${join(home, 'fill')}`, 'bs=1k', 'count=200'], { stdio: 'ignore' });
    const { status, stderr } = sandbox.run(['policy', 'init', '--force'], { env: { HOME: home } });
    assert.equal(status, 73);
    assert.match(stderr, SENTENCE);
    assert.match(stderr, /no space is left/);
    assert.equal(readFileSync(file, 'utf8'), 'version: 1\nmode: fail-open\n');
    assert.deepEqual(readdirSync(join(home, '.patchwork')), ['policy.yml']);
  });
  if (!isDone) context.skip('mounting is not permitted');
});

test('`run` and `doctor` where the temporary folder is full', { skip: needsRoot }, (context) => {
  const isDone = withFullDisk(32, (temporary) => {
    const { status, stderr } = sandbox.run(['run', '-q', 'true'], { env: { TMPDIR: temporary } });
    assert.equal(status, 73);
    assert.match(stderr, SENTENCE);
    const doctor = sandbox.run(['doctor'], { env: { TMPDIR: temporary } });
    assert.equal(doctor.status, 1);
    assert.match(doctor.stdout, /^MISSING {2}shims: .*no space is left/m);
    for (const line of doctor.stdout.trimEnd().split('\n')) assert.match(line, /^(?:(?:ok {5}|MISSING|absent ) {2}| {11}\S)/, 'each finding is one line, and its advice another');
  });
  if (!isDone) context.skip('mounting is not permitted');
});

test('`policy init` writes through no link that lies in the project', () => {
  const [policy, schema] = ['policy', 'schema'].map((name) => sandbox.write(`elsewhere/${name}`, 'mine\n'));
  const folder = join(sandbox.project, 'cloned', '.patchwork');
  mkdirSync(folder, { recursive: true });
  symlinkSync(String(policy), join(folder, 'policy.yml'));
  symlinkSync(String(schema), join(folder, 'policy.schema.json'));
  assert.equal(sandbox.run(['policy', 'init', '--project', '--force'], { cwd: join(folder, '..') }).status, 0);
  for (const file of [policy, schema]) assert.equal(readFileSync(String(file), 'utf8'), 'mine\n');
  assert.match(readFileSync(join(folder, 'policy.yml'), 'utf8'), /^mode: fail-open$/m);
});

test('an answer that did not get into its file is no success', { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' }, () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'policy', 'show', '--json'], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
  closeSync(full);
  assert.equal(status, 73);
  assert.match(stderr, /^patchwork: the output could not be written: no space is left/);
});

test('a home that is empty or relative is that of the account, not one in each folder', { skip: userInfo().homedir.startsWith('/') ? false : 'the account has no home' }, () => {
  for (const HOME of ['', 'relative/home']) {
    sandbox.write('open.yml', 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["~/secret"]\n');
    const { status } = sandbox.run(['policy', 'explain', '--policy', 'open.yml', 'file_read', join(userInfo().homedir, 'secret')], { env: { HOME } });
    assert.equal(status, 1);
  }
});

const AGENTS: readonly (readonly [what: string, args: readonly string[], status: number, said: RegExp])[] = [
  ['a file that is not executable', ['./plain.txt'], 127, /plain\.txt: it is not executable\n {2}hint: chmod \+x/],
  ['a folder', ['/usr'], 127, /\/usr: it is a folder/],
  ['an empty name', [''], 127, /command not found/],
  ['a project that is not there', ['--project', '/nowhere', 'true'], 64, /the project \/nowhere is no folder/],
  ['a project that is a file', ['--project', 'plain.txt', 'true'], 64, /plain\.txt is no folder/],
];

for (const [what, args, status, said] of AGENTS) {
  test(`\`run\` with ${what}`, () => {
    chmodSync(sandbox.write('plain.txt', 'text\n'), 0o644);
    const result = sandbox.run(['run', ...args]);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, said);
    assert.match(result.stderr, SENTENCE);
  });
}

test('a checkout that was not built says how it is', () => {
  const file = join(sandbox.home, 'checkout', 'bin', 'patchwork.js');
  mkdirSync(join(file, '..'), { recursive: true });
  copyFileSync(PROGRAM, file);
  copyFileSync(join(ROOT, 'bin', 'package.json'), join(file, '..', 'package.json'));
  const { status, stderr } = spawnSync(process.execPath, [file, 'run', 'true'], { encoding: 'utf8' });
  assert.equal(status, 69);
  assert.match(stderr, SENTENCE);
  assert.match(stderr, /run `npm install` in /);
});
