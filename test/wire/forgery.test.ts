/** Messages of somebody who is no enforcement point: they may ask, but change nobody's standing. */
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectPeer, type LiveSession, startLive } from '../support/live-session.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
let session: LiveSession;
const PROGRAM = '/bin/ls';

before(async () => {
  sandbox = createSandbox('forgery');
  sandbox.write('policy.yml', 'version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["ls *"]\n  files:\n    allow: ["src/**"]\n');
  session = await startLive(sandbox, { options: ['--quiet', '--allow-degraded', '--policy', join(sandbox.project, 'policy.yml')] });
});
after(async () => {
  await session.end();
  sandbox.remove();
});

async function ask(fields: object, pid: number, pep = 'shim'): Promise<string> {
  const peer = await connectPeer(session.socket);
  peer.send(`${JSON.stringify({ v: 1, id: 1, op: 'ask', pep, pid, ...fields })}\n`);
  const answer = JSON.parse((await peer.line()) ?? '{"effect":"closed"}') as { effect: string };
  peer.close();
  return answer.effect;
}

const readOutside = (cwd: string): object => ({ action: 'file_read', path: join(cwd, 'notes.txt'), cwd });

function runsLs(cwd: string): object {
  const { dev, ino } = statSync(PROGRAM);
  return { action: 'command_execute', argv: ['ls'], exe: PROGRAM, file: `${dev}:${ino}`, cwd, env: [] };
}

for (const pep of ['shim', 'preload']) {
  test(`a forged start of an allowed command (${pep}) does not cover the agent`, async () => {
    writeFileSync(join(sandbox.project, 'notes.txt'), 'x');
    assert.equal(await ask(readOutside(sandbox.project), session.agentPid, 'preload'), 'deny');
    assert.equal(await ask(runsLs(sandbox.project), session.agentPid, pep), 'allow');
    assert.equal(await ask(readOutside(sandbox.project), session.agentPid, 'preload'), 'deny');
  });
}

test('a forged start does not cover another process that is running', async () => {
  await ask(runsLs(sandbox.project), process.pid);
  assert.equal(await ask(readOutside(sandbox.project), process.pid, 'preload'), 'deny');
});

test('an unknown, a foreign and an impossible process count as the agent', async () => {
  for (const pid of [0, 1, 4_194_303, Number.MAX_SAFE_INTEGER]) assert.equal(await ask(readOutside(sandbox.project), pid, 'preload'), 'deny', String(pid));
});

test('a question about another file than the one on disk is denied', async () => {
  for (const file of ['0:0', '1', '', ':', 'x:y', `${statSync(PROGRAM).dev}:1`]) assert.equal(await ask({ ...runsLs(sandbox.project), file }, 4_194_303), 'deny', file);
});

test('a program that is not the one on PATH is not the allowed one', async () => {
  const copy = sandbox.write('ls', '#!/bin/sh\necho other\n');
  const { dev, ino } = statSync(copy);
  assert.equal(await ask({ action: 'command_execute', argv: ['ls'], exe: copy, file: `${dev}:${ino}`, cwd: sandbox.project, env: [] }, 4_194_303), 'deny');
});
