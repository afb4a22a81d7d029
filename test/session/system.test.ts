/** `patchwork shell`, `status` and `doctor`. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startLive } from '../support/live-session.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('system');
});
after(() => sandbox.remove());

test("`patchwork shell` is the user's shell, with its arguments, under the policy", () => {
  sandbox.write('deny.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["uname *"]\n');
  const shell = (...args: string[]) => sandbox.run(['shell', '-q', '--policy', 'deny.yml', ...args], { env: { SHELL: '/bin/sh' }, input: 'echo "from stdin"\nuname\n' });
  const { status, stdout, stderr } = shell();
  assert.deepEqual([status, stdout], [126, 'from stdin\n'], stderr);
  assert.equal(shell('--', '-c', 'echo $0').stdout, '/bin/sh\n');
});

test('`patchwork shell` without SHELL uses the shell of the account', () => {
  for (const shell of [undefined, '']) {
    const { status, stdout, stderr } = sandbox.run(['shell', '-q'], { env: { SHELL: shell }, input: 'echo "works"\n' });
    assert.deepEqual([status, stdout], [0, 'works\n'], stderr);
  }
});

test('`patchwork shell` with a shell that is not there says so', () => {
  const { status, stderr } = sandbox.run(['shell', '-q'], { env: { SHELL: '/nowhere/sh' } });
  assert.equal(status, 127);
  assert.match(stderr, /^patchwork: \/nowhere\/sh: command not found\n/);
});

test('`patchwork status` shows policies and the sessions that run', async () => {
  const idle = JSON.parse(sandbox.run(['status', '--json']).stdout) as { inside: string | null; project: string; policies: { layer: string; mode: string }[] };
  assert.deepEqual([idle.inside, idle.project, idle.policies.map(({ layer, mode }) => `${layer} ${mode}`)], [null, sandbox.project, ['user fail-open']]);
  const session = await startLive(sandbox);
  const text = sandbox.run(['status']).stdout;
  const { sessions } = JSON.parse(sandbox.run(['status', '--json']).stdout) as { sessions: { id: string; agent: string; pid: number; project: string }[] };
  await session.end();
  assert.match(text, new RegExp(`^ +${session.id} +bash +pid ${session.process.pid} +${sandbox.project} `, 'm'));
  const [own] = sessions.filter(({ id }) => id === session.id);
  assert.deepEqual([own?.agent, own?.pid, own?.project], ['bash', session.process.pid, sandbox.project]);
});

test('`patchwork status` inside a session says which', () => {
  const { stdout, stderr } = sandbox.run(['run', '-q', process.execPath, `${import.meta.dirname}/../../../bin/patchwork.js`, 'status']);
  assert.match(stdout, /this shell runs inside session \d{8}T\d{6}-[0-9a-f]{6}/, stderr);
});

test('a name of an agent with control characters moves nothing on the screen', () => {
  const file = sandbox.write('\u001b[2Jagent\u202e', '#!/bin/sh\nread line\n');
  chmodSync(file, 0o755);
  const run = sandbox.run(['run', file], { input: '' });
  const outputs = [run.stderr, sandbox.run(['log']).stdout, sandbox.run(['sessions']).stdout, sandbox.run(['run', '-q', `${file}-not-there`]).stderr];
  for (const output of outputs) assert.doesNotMatch(output.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/);
});

test('`patchwork doctor` tries every layer, and all that this version has is there', { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = sandbox.run(['doctor']);
  assert.equal(status, 0, stdout + stderr);
  for (const what of ['node', 'policy', 'shims', 'preload, files', 'preload, hosts', 'terminal']) assert.match(stdout, new RegExp(`^ok +${what}: `, 'm'));
  assert.match(stdout, /^(?:ok {5}|absent) +kernel guard: /m);
});

test('`patchwork doctor` says what is missing, and ends with 1', { timeout: 60_000 }, () => {
  const { status, stdout } = sandbox.run(['doctor', '--json'], { env: { TMPDIR: '/nowhere' } });
  assert.ok(status === 1 || status === 73, stdout);
});
