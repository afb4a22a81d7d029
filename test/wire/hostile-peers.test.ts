/** Peers that break the protocol: each gets a denial or is closed, the evaluator goes on and serves the others. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectPeer, type LiveSession, startLive } from '../support/live-session.ts';
import { createSandbox, ROOT, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
let session: LiveSession;
before(async () => {
  sandbox = createSandbox('wire');
  session = await startLive(sandbox);
});
after(async () => {
  const { code, signal } = await session.end();
  sandbox.remove();
  assert.deepEqual([code, signal], [1, null], session.errors());
});

const question = (more: object = {}): string => `${JSON.stringify({ v: 1, id: 5, op: 'ask', pep: 'preload', pid: process.pid, action: 'file_read', path: '/etc/hostname', cwd: '/', ...more })}\n`;

interface Answer {
  readonly id: number;
  readonly effect: string;
  readonly message?: string;
}

const parse = (line: string | undefined): Answer => JSON.parse(line ?? 'null') as Answer;

/** The evaluator still answers a proper question, within seconds. */
async function assertServed(): Promise<void> {
  const peer = await connectPeer(session.socket);
  const begun = Date.now();
  peer.send(question());
  assert.deepEqual(parse(await peer.line()), { v: 1, id: 5, effect: 'allow' });
  assert.ok(Date.now() - begun < 5000);
  peer.close();
}

test('a malformed line is denied, and the connection goes on', async () => {
  const rows = JSON.parse(readFileSync(join(ROOT, 'test', 'fixtures', 'wire', 'malformed-questions.json'), 'utf8')) as [string, string][];
  const peer = await connectPeer(session.socket);
  for (const [what, line] of rows.filter(([what]) => !what.startsWith('hello'))) {
    peer.send(`${line}\n`);
    const answer = parse(await peer.line());
    assert.equal(answer.effect, 'deny', what);
    assert.match(answer.message ?? '', /^patchwork: denied a message\n {2}.*; what cannot be judged is denied$/);
  }
  peer.send(question());
  assert.equal(parse(await peer.line()).effect, 'allow');
  peer.close();
});

test('what a peer wrote never comes back raw', async () => {
  const peer = await connectPeer(session.socket);
  peer.send(question({ action: 'file_read', path: '/etc/shadow\u001b[2J\u202e\u009b\n', cwd: '/' }));
  peer.send(question({ v: '\u001b[2J\u202e' }));
  for (let i = 0; i < 2; i++) {
    const { message = '' } = parse(await peer.line());
    assert.doesNotMatch(message.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/);
  }
  peer.close();
});

test('binary rubbish, with and without line feeds, is denied or closed', async () => {
  for (let i = 0; i < 20; i++) {
    const peer = await connectPeer(session.socket);
    peer.send(Buffer.concat([randomBytes(5000), Buffer.from('\n')]));
    const answer = await peer.line();
    if (answer !== undefined) assert.equal(parse(answer).effect, 'deny');
    peer.close();
  }
  await assertServed();
});

test('pipelined questions are all answered, in order', async () => {
  const peer = await connectPeer(session.socket);
  peer.send(Array.from({ length: 3000 }, (_, id) => question({ id })).join(''));
  for (let id = 0; id < 3000; id++) assert.equal(parse(await peer.line()).id, id);
  peer.close();
});

test('a question in pieces, cut inside characters, is read whole', async () => {
  const peer = await connectPeer(session.socket);
  const bytes = Buffer.from(question({ path: '/etc/€😀' }));
  for (let at = 0; at < bytes.length; at += 7) {
    peer.send(bytes.subarray(at, at + 7));
    await sleep(1);
  }
  assert.equal(parse(await peer.line()).effect, 'allow');
  peer.close();
});

test('500 connections at once are served', async () => {
  const peers = await Promise.all(Array.from({ length: 500 }, () => connectPeer(session.socket)));
  for (const peer of peers) peer.send(question());
  for (const peer of peers) assert.equal(parse(await peer.line()).effect, 'allow');
  await assertServed();
  for (const peer of peers) peer.close();
});

test('a peer that never reads is cut off, and costs little memory', async () => {
  const before = memoryOf(session);
  const peer = await connectPeer(session.socket);
  peer.socket.pause();
  const many = question({ path: '/etc/shadow' }).repeat(1000);
  for (let i = 0; i < 60 && !peer.socket.destroyed; i++) {
    peer.send(many);
    await sleep(5);
  }
  await assertServed();
  assert.ok(memoryOf(session) - before < 150, `${memoryOf(session) - before} MiB more`);
  peer.close();
});

test('a line beyond the size limit is refused, and its sender cannot fill the memory', { timeout: 60_000 }, async () => {
  const before = memoryOf(session);
  const peer = await connectPeer(session.socket);
  const answer = peer.line();
  const piece = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 120 && !peer.socket.destroyed; i++) {
    if (!peer.socket.write(piece)) await Promise.race([new Promise((resolve) => peer.socket.once('drain', resolve)), sleep(200)]);
  }
  const line = await Promise.race([answer, sleep(3000)]);
  if (typeof line === 'string') assert.match(parse(line).message ?? '', /longer than/);
  await assertServed();
  assert.ok(memoryOf(session) - before < 250, `${memoryOf(session) - before} MiB more`);
  peer.close();
});

test('a line that is never finished is refused after the time limit, and others are served meanwhile', { timeout: 30_000 }, async () => {
  const peers = await Promise.all(Array.from({ length: 20 }, () => connectPeer(session.socket)));
  for (const peer of peers) peer.send('{"v":1,');
  const begun = Date.now();
  const drip = setInterval(() => peers[0]?.socket.writable && peers[0].send(' '), 500);
  await assertServed();
  const lines = await Promise.all(peers.map((peer) => peer.line()));
  clearInterval(drip);
  const seconds = (Date.now() - begun) / 1000;
  assert.ok(seconds > 5 && seconds < 15, `${seconds} s`);
  for (const line of lines) assert.match(parse(line).message ?? '', /not finished within/);
  for (const peer of peers) peer.close();
});

test('a peer that hangs up in the middle, or without a word, is no trouble', async () => {
  for (let i = 0; i < 50; i++) {
    const peer = await connectPeer(session.socket);
    if (i % 2 === 0) peer.send(question().slice(0, 20));
    peer.close();
  }
  await assertServed();
});

/** Resident memory of the session's process in MiB. */
function memoryOf({ process: { pid } }: LiveSession): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

test('the socket and its folder are open to their owner alone', () => {
  for (const [path, mode] of [[session.runtime, 0o700], [session.socket, 0o600]] as const) assert.equal(statSync(path).mode & 0o777, mode);
});

test('a hard line of shell text does not stop the evaluator for the others', { timeout: 60_000 }, async () => {
  const texts = [';a'.repeat(20_000), '$('.repeat(30_000), '{a,b}'.repeat(5000), '`a`'.repeat(9000), 'a|'.repeat(9000), `x=${'$x'.repeat(9000)}`, "'".repeat(9999), '('.repeat(9999), 'case x in '.repeat(3000), 'cat <<A\n'.repeat(3000), 'npm test && '.repeat(8000), 'echo $(ls) '.repeat(9000), `ls ${'> x '.repeat(20_000)}`, 'a=1;'.repeat(25_000), `${'env '.repeat(25_000)}ls`];
  for (const text of texts) {
    const peer = await connectPeer(session.socket);
    peer.send(question({ action: 'command_line', path: undefined, line: text, cwd: '/' }));
    const begun = Date.now();
    const answer = await Promise.race([peer.line(), sleep(5000)]);
    assert.ok(typeof answer === 'string', `no answer within 5 s: ${text.slice(0, 30)}…`);
    assert.ok(Date.now() - begun < 5000);
    peer.close();
  }
});
