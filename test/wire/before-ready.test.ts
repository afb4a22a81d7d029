/** The evaluator while its grammar is still being loaded: the guard is greeted, nothing is decided; if loading fails, nothing ever is. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditWriter } from '../../src/audit/writer.ts';
import { EvaluatorServer, GUARD_CONNECTIONS } from '../../src/evaluator/server.ts';
import { DecisionService } from '../../src/evaluator/service.ts';
import { evaluatorOf } from '../support/batch-in-process.ts';
import { connectPeer } from '../support/live-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'pw-before-'));
after(() => rmSync(folder, { recursive: true }));

/** Milliseconds in which a wrong answer would have come. */
const QUIET_MS = 150;
const TOKEN = 'f'.repeat(48);
const POLICY = 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny:\n      - "**/.env"\n  commands:\n    deny:\n      - "sudo *"\n';

interface Answer {
  readonly id: number;
  readonly effect: string;
}

let count = 0;

/** A server whose grammar is loaded, or cannot be, when the test says so. */
async function startServer(context: { after(end: () => unknown): void }) {
  const socket = join(folder, `sock-${++count}`);
  const audit = new AuditWriter({ sessionId: `s${count}`, agent: 'test', project: { name: 'p', path: '/nowhere/project' }, folder });
  const service = new DecisionService({ evaluator: evaluatorOf({ layer: 'user', text: POLICY }), audit, environment: {}, bin: join(folder, 'bin'), ownPreload: '', mustRecord: false, onFailure: (what, error) => assert.fail(`${what}: ${String(error)}`) });
  let load = (): void => {};
  let fail = (): void => {};
  const ready = new Promise<void>((resolve, reject) => {
    load = resolve;
    fail = () => reject(new Error('the grammar cannot be loaded'));
  });
  const server = new EvaluatorServer(service, ready, TOKEN);
  await server.listen(socket);
  context.after(async () => {
    await server.close();
    service.recorder.finish();
    audit.close();
  });
  const events = (): string[] => {
    service.recorder.flush();
    return readFileSync(audit.file, 'utf8').split('\n').filter((line) => line !== '');
  };
  return { socket, load, fail, events };
}

type Peer = Awaited<ReturnType<typeof connectPeer>>;

/** The next line's JSON, or what happened instead of one. */
async function outcome(line: Promise<string | undefined>): Promise<Answer | 'nothing' | 'closed'> {
  const result = await Promise.race([line, sleep(QUIET_MS, 'nothing' as const)]);
  return result === 'nothing' ? result : result === undefined ? 'closed' : (JSON.parse(result) as Answer);
}

const greeting = (token = TOKEN): string => `${JSON.stringify({ v: 1, id: 1, op: 'guard', pep: 'guard', pid: process.pid, token })}\n`;
const read = (id: number, path: string, pep = 'guard'): string => `${JSON.stringify({ v: 1, id, op: 'ask', pep, pid: process.pid, action: 'file_read', path, cwd: '/', real: path })}\n`;
const line = (id: number, text: string): string => `${JSON.stringify({ v: 1, id, op: 'ask', pep: 'shell', pid: process.pid, action: 'command_line', line: text, cwd: '/' })}\n`;

async function greeted(socket: string): Promise<Peer> {
  const guard = await connectPeer(socket);
  guard.send(greeting());
  const answer = await outcome(guard.line());
  assert.equal(typeof answer === 'string' ? answer : answer.effect, 'settled');
  return guard;
}

test('the guard is greeted at once; its questions wait, and are answered properly, in order', async (context) => {
  const { socket, load, events } = await startServer(context);
  const guard = await greeted(socket);
  guard.send(read(2, '/nowhere/project/.env') + read(3, '/etc/hostname'));
  const first = guard.line();
  assert.equal(await outcome(first), 'nothing');
  assert.deepEqual(events(), []);
  load();
  assert.deepEqual([JSON.parse((await first) ?? ''), JSON.parse((await guard.line()) ?? '')].map(({ id, effect }: Answer) => [id, effect]), [[2, 'deny'], [3, 'allow']]);
  assert.equal(events().length, 1);
  guard.close();
});

test('a question in one write with the greeting waits with it', async (context) => {
  const { socket, load } = await startServer(context);
  const guard = await connectPeer(socket);
  guard.send(greeting() + read(2, '/nowhere/project/.env'));
  const first = guard.line();
  assert.equal(await outcome(first), 'nothing');
  load();
  assert.deepEqual([JSON.parse((await first) ?? ''), JSON.parse((await guard.line()) ?? '')].map(({ id, effect }: Answer) => [id, effect]), [[1, 'settled'], [2, 'deny']]);
  guard.close();
});

test('everybody else waits, also with half a line, and then gets what they would have got', async (context) => {
  const { socket, load } = await startServer(context);
  const [whole, half] = [await connectPeer(socket), await connectPeer(socket)];
  whole.send(line(7, 'sudo rm x'));
  half.send(line(8, 'echo done').slice(0, 20));
  const [first, second] = [whole.line(), half.line()];
  assert.deepEqual([await outcome(first), await outcome(second)], ['nothing', 'nothing']);
  load();
  assert.equal((JSON.parse((await first) ?? '') as Answer).effect, 'deny');
  half.send(line(8, 'echo done').slice(20));
  assert.equal((JSON.parse((await second) ?? '') as Answer).effect, 'allow');
  for (const peer of [whole, half]) peer.close();
});

test('a forged greeting is refused early as it is late, and makes nobody the guard', async (context) => {
  const { socket, load } = await startServer(context);
  const forger = await connectPeer(socket);
  forger.send(greeting('0'.repeat(48)));
  const answer = await outcome(forger.line());
  assert.equal(typeof answer === 'string' ? answer : answer.effect, 'deny');
  forger.send(read(2, '/etc/hostname'));
  load();
  assert.equal((JSON.parse((await forger.line()) ?? '') as Answer).effect, 'deny');
  forger.close();
});

test('the token opens as many connections early as late, and not one more', async (context) => {
  const { socket } = await startServer(context);
  const peers: Peer[] = [];
  for (let i = 0; i < GUARD_CONNECTIONS; i++) peers.push(await greeted(socket));
  const last = await connectPeer(socket);
  last.send(greeting());
  const answer = await outcome(last.line());
  assert.equal(typeof answer === 'string' ? answer : answer.effect, 'deny');
  for (const peer of [...peers, last]) peer.close();
});

test('a grammar that cannot be loaded closes every connection: a denial for whoever asked', async (context) => {
  const { socket, fail, events } = await startServer(context);
  const [guard, other] = [await greeted(socket), await connectPeer(socket)];
  guard.send(read(2, '/etc/hostname'));
  other.send(line(3, 'echo done'));
  const answers = [guard.line(), other.line()];
  assert.deepEqual(await Promise.all(answers.map(outcome)), ['nothing', 'nothing']);
  fail();
  assert.deepEqual(await Promise.all(answers.map(outcome)), ['closed', 'closed']);
  const late = await connectPeer(socket);
  late.send(read(4, '/etc/hostname', 'preload'));
  assert.equal(await outcome(late.line()), 'closed');
  assert.deepEqual(events(), []);
});
