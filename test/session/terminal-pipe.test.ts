/** `--pty`: a terminal for the agent between pipes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../support/live-session.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('pty');
});
after(() => sandbox.remove());

/** A line of the user's own shell, in which `patchwork` is ours. */
function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${line}`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 30_000, maxBuffer: 64 * 1024 * 1024 });
  return { status, stdout, stderr };
}

/** A session between pipes, in a process group of its own, once the script has written `ready` and a line feed. */
async function startReady(script: string, ...options: readonly string[]): Promise<{ readonly child: ChildProcess; output(): Buffer }> {
  const child = spawn(process.execPath, [PROGRAM, 'run', '-q', '--pty', ...options, 'bash', '-c', script], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  let bytes = Buffer.alloc(0);
  child.stdout?.on('data', (data: Buffer) => (bytes = Buffer.concat([bytes, data])));
  const rest = (): Buffer => bytes.subarray(bytes.indexOf('\n') + 1);
  await until(() => bytes.includes('\n') || child.exitCode !== null, 'the agent is ready');
  return { child, output: rest };
}

test('--pty gives the agent a terminal in a pipe', () => {
  const result = shell("patchwork run -q --pty bash -c 'test -t 0 && test -t 1 && test -t 2 && tty && stty size; exit 4' < /dev/null");
  assert.equal(result.status, 4, result.stderr);
  assert.match(result.stdout, /^\/dev\/pts\/\d+\r\n24 80\r\n/);
});


test('--pty: all output comes, whatever the speed of the reader, to the last byte', () => {
  const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\r\n`).join('');
  for (const reader of ['cat', '(sleep 3; cat)']) {
    const { stdout, stderr } = shell(`patchwork run -q --pty seq 200000 < /dev/null | ${reader}; echo "code \${PIPESTATUS[0]}"`);
    assert.equal(stdout.length, expected.length + 7, stderr);
    assert.equal(stdout, `${expected}code 0\n`);
  }
});

test('--pty: a process in the background that holds the terminal open does not hold the end up', () => {
  const { stdout, stderr } = shell(`patchwork run -q --pty bash -c 'seq 50000; sleep 20 & trap "" HUP' < /dev/null | (sleep 1; tail -n 1); echo $((SECONDS < 10))`);
  assert.equal(stdout, '50000\r\n1\n', stderr);
});

test('--pty: a reader that goes away ends the agent, and is no crash', () => {
  const { stdout, stderr } = shell('patchwork run -q --pty yes < /dev/null | head -n 1; echo "code $((PIPESTATUS[0] > 0))"');
  assert.equal(stdout, 'y\r\ncode 1\n');
  assert.doesNotMatch(stderr, /this is a bug|\bat .*\.js:\d+|Unhandled/);
});

test('--pty: the end of the agent is ours, also by a signal', () => {
  for (const [name, code] of [['TERM', 143], ['SEGV', 139], ['KILL', 137]] as const) {
    assert.equal(shell(`patchwork run -q --pty bash -c 'ulimit -c 0; kill -${name} $$' < /dev/null; echo "code $?"`).stdout, `code ${code}\n`);
  }
});

test('--pty: the end of a pipe is the end of input, also within a line', () => {
  assert.equal(shell("printf 'one\\ntwo' | patchwork run -q --pty bash -c 'stty -echo; wc -c'").stdout.trim().slice(-1), '7');
  assert.equal(shell("patchwork run -q --pty bash -c 'wc -c' < /dev/null").stdout.trim(), '0');
});

test('--pty: in raw mode all bytes pass, both ways', async () => {
  const bytes = randomBytes(300_000);
  const { child, output } = await startReady('stty raw -echo; echo ready; head -c 300000');
  child.stdin?.end(bytes);
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.ok(output().equals(bytes), `${output().length} bytes, of which the first differ at ${output().findIndex((each, index) => each !== bytes[index])}`);
});

test('--pty: 50 KB of lines arrive whole at a reader that takes its time', async () => {
  const text = Array.from({ length: 1000 }, (_, index) => `${index} grüße 漢字 🦊 ${'x'.repeat(30)}\n`).join('');
  const { child } = await startReady('stty -echo; echo ready; sleep 1; cat > pasted; exit 6');
  child.stdin?.end(text);
  assert.deepEqual(await once(child, 'close'), [6, null]);
  assert.equal(readFileSync(join(sandbox.project, 'pasted'), 'utf8'), text);
});

test('--pty: closed standard streams are no bug', () => {
  for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
    const { stdout, stderr } = shell(`{ patchwork run -q --pty bash -c 'echo x; exit 5' ${closed}; } | cat > /dev/null; echo "code \${PIPESTATUS[0]}"`);
    assert.deepEqual([stdout, /this is a bug/.test(stderr)], ['code 5\n', false], `${closed}: ${stderr}`);
  }
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
  test(`--pty: ${signal} to the session, or to all of its group, reaches the agent once`, async () => {
    for (const sign of [1, -1]) {
      const { child, output } = await startReady(`trap 'echo got' ${signal.slice(3)}; stty -echo; echo ready; read line; read line; exit 9`);
      process.kill(sign * (child.pid ?? 0), signal);
      await until(() => output().includes('got'), `${signal} arrived`);
      child.stdin?.end('\n\n');
      assert.deepEqual(await once(child, 'close'), [9, null]);
      assert.equal(output().toString(), 'got\r\n');
    }
  });
}

// Under the guard everything ends with the session: test/guard/failure.test.ts.
test('--pty: when the session is killed, the agent is hung up on', async () => {
  const { child } = await startReady("trap 'echo hung up > said; exit' HUP; echo ready; while :; do read -t 0.1 line; done", '--no-guard');
  child.kill('SIGKILL');
  const said = (): string => shell('cat said 2> /dev/null').stdout;
  await until(() => said() !== '', 'the agent was told');
  assert.equal(said(), 'hung up\n');
});
