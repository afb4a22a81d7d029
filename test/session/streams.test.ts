/** Standard streams that are no terminal pass through byte for byte. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('streams');
});
after(() => sandbox.remove());

/** A line of the user's own shell, in which `patchwork` is ours. */
function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${line}`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 30_000, maxBuffer: 64 * 1024 * 1024 });
  return { status, stdout, stderr };
}

test('50 MB of random bytes come through a pipe unchanged', async () => {
  const piece = randomBytes(1024 * 1024);
  const child = spawn(process.execPath, [PROGRAM, 'run', '-q', 'cat'], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), stdio: ['pipe', 'pipe', 'inherit'] });
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  let size = 0;
  child.stdout.on('data', (data: Buffer) => {
    received.update(data);
    size += data.length;
  });
  for (let i = 0; i < 50; i++) {
    piece.writeUInt32LE(i, 0);
    sent.update(piece);
    if (!child.stdin.write(Buffer.from(piece))) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = await once(child, 'close');
  assert.deepEqual([code, size, received.digest('hex')], [0, 50 * 1024 * 1024, sent.digest('hex')]);
});

test('output that nobody reads any more ends the agent as it would bare', () => {
  const { stdout, stderr } = shell('patchwork run -q yes | head -n 1; echo "${PIPESTATUS[0]}"');
  assert.equal(stdout, 'y\n141\n', stderr);
});

test('input that comes late, or never, does not hold the session up', () => {
  assert.equal(shell('(sleep 0.6; echo late) | patchwork run -q cat').stdout, 'late\n');
  assert.equal(shell('sleep 3 | { patchwork run -q true; echo "$SECONDS"; }').stdout.trim() < '3', true);
  assert.equal(shell('patchwork run -q cat < /dev/null; echo $?').stdout, '0\n');
  assert.equal(shell('patchwork run -q sh -c "echo x; cat" <&-; echo $?').stdout.startsWith('x\n'), true);
});

test('closed standard streams are no bug', () => {
  for (const closed of ['<&-', '>&-', '2>&-', '<&- >&-']) {
    const { status, stderr } = shell(`patchwork run bash -c 'exit 5' ${closed}`);
    assert.deepEqual([status, /this is a bug/.test(stderr)], [5, false], `${closed}: ${stderr}`);
  }
});

test('stdout and stderr of the agent stay apart', () => {
  const { stdout, stderr } = shell("patchwork run -q bash -c 'echo out; echo err >&2'");
  assert.deepEqual([stdout, stderr], ['out\n', 'err\n']);
});

test('files as streams pass with their offset and in append mode', () => {
  writeFileSync(join(sandbox.project, 'in'), 'one\ntwo\n');
  shell('{ read first; patchwork run -q cat; } < in > out; patchwork run -q echo three >> out; patchwork run -q cat in >> out');
  assert.equal(readFileSync(join(sandbox.project, 'out'), 'utf8'), 'two\nthree\none\ntwo\n');
});
