/** Under fail-closed what passes unasked is written down before it passes: a line that cannot be written, or is not put on record, ends it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAhead } from '../../src/audit/ahead.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { type Answer, type Asked, type Script, startGoverned } from '../support/scripted-guard.ts';

const skip = (await whyNoGuard()) ?? false;
const connections = (file: string) => readAhead(file).map((line) => {
  assert.ok('host' in line, JSON.stringify(line));
  return line;
});
const HOST = '127.0.0.9';
const folder = mkdtempSync(join(tmpdir(), 'pw-ahead-'));
let server: Server;
let port = 0;
let onHeard: (text: string) => void = () => {};

before(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => {
      onHeard(String(data));
      socket.write('answer;');
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: '0.0.0.0', port: 0 }, resolve));
  const bound = server.address();
  port = typeof bound === 'object' && bound !== null ? bound.port : 0;
});
after(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const PRELUDE = `
import socket, sys, time
A = ("${HOST}", int(sys.argv[1]))
def say(words):
    s = socket.create_connection(A); s.settimeout(5); s.sendall(words)
    try: s.recv(99)
    except OSError as e: print(e.strerror)
`;
const textOf = ({ bytes = '' }: Asked): string => Buffer.from(bytes, 'base64').toString();
/** It is put on record only when the program is done. */
const late = (): Promise<Answer> => sleep(1000, { effect: 'deny', message: '', reason: 'test' });

/** "GET /… end" may be repeated with another path. */
function judge(question: Asked): Answer {
  if (question.op === 'passed') return undefined;
  if (question.op === 'settle') return { effect: 'allow' };
  if (question.op !== 'relay') return { effect: 'relay' };
  return { effect: 'allow', length: textOf(question).length, same: 5, rest: 4 };
}

let count = 0;
async function python(script: string, answer: Script = judge, file = join(folder, `${++count}.ahead`)) {
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}${script}`, String(port)], answer, { env: { PATCHWORK_AHEAD: file } });
  const { out, err } = await governed.ended;
  assert.deepEqual([out, err], ['', '']);
  const of = (op: string): Asked[] => governed.asked.filter((each) => each.op === op);
  return { file, asked: of('relay').map(textOf), told: of('passed'), settled: of('settle').length };
}

test('a request stands in the file before the host hears of it', { skip }, async () => {
  const file = join(folder, 'first.ahead');
  const before: (readonly [heard: string, last: string | undefined])[] = [];
  onHeard = (text) => before.push([text, connections(file).at(-1)?.path]);
  const { asked, told } = await python('for i in range(6): say(b"GET /page/%d end" % i)', (question) => (question.op === 'settle' ? late() : judge(question)), file);
  onHeard = () => {};
  assert.deepEqual(asked, ['GET /page/0 end']);
  assert.deepEqual(before, Array.from({ length: 6 }, (_, i) => [`GET /page/${i} end`, i === 0 ? undefined : `page/${i}`]));
  assert.deepEqual(told.map(({ ahead }) => ahead), [1, 2, 3, 4, 5]);
  assert.deepEqual(connections(file).map(({ number, host, port: to, pid }) => [number, host, to, pid]), told.map(({ ahead, pid }) => [ahead, HOST, port, pid]));
});

test('what is on record leaves the file', { skip }, async () => {
  const { file, told, settled } = await python('for i in range(40): say(b"GET /%d end" % i); time.sleep(.005)');
  assert.equal(told.length, 39);
  assert.ok(settled > 0);
  assert.deepEqual(connections(file), []);
  assert.ok(existsSync(file));
});

test('no secret is in the file', { skip }, async () => {
  const { file, told } = await python('for w in (b"a", b"b/sk_live_0123456789abcdefghij/c", b"d?token=hunter2", b"e;f=hunter2", b"g/0123456789abcde/h"): say(b"GET /" + w + b" end")', (question) => (question.op === 'settle' ? late() : judge(question)));
  assert.equal(told.length, 4);
  assert.deepEqual(connections(file).map(({ path }) => path), ['b/*/c', 'd', 'e', 'g/0123456789abcde/h']);
  assert.doesNotMatch(readFileSync(file, 'latin1'), /hunter2|0123456789abcdef|bytes/);
});

test('what is not put on record is the last that passes unasked, and stays in the file', { skip }, async () => {
  const { file, asked, told } = await python('say(b"GET /a end"); say(b"GET /b end"); time.sleep(.3); say(b"GET /c end"); say(b"GET /d end")', (question) => (question.op === 'settle' ? { effect: 'deny', message: 'full', reason: 'full' } : judge(question)));
  assert.deepEqual([asked, told.length], [['GET /a end', 'GET /c end', 'GET /d end'], 1]);
  assert.deepEqual(connections(file).map(({ path }) => path), ['b']);
});

test('no more than the file holds passes before it is on record', { skip }, async () => {
  let onLast = (): void => {};
  const last = new Promise<Answer>((resolve) => (onLast = () => resolve({ effect: 'deny', message: '', reason: 'test' })));
  // Lines of some 300 bytes, two halves of 128 KiB: one waits for its answer until the end.
  const { file, asked, told } = await python('w = "/".join(["abcdefghij"] * 20).encode()\nfor i in range(1000): say(b"GET /%d/%s end" % (i, w))', (question) => {
    if (textOf(question).startsWith('GET /999/')) onLast();
    return question.op === 'settle' ? last : judge(question);
  });
  assert.ok(told.length > 300 && told.length < 900, String(told.length));
  assert.equal(asked.length + told.length, 1000);
  assert.deepEqual(connections(file).map(({ number }) => number), told.map(({ ahead }) => ahead), 'nothing was written over');
});

test('where the file cannot be made, or is there already, everything is asked about', { skip }, async () => {
  writeFileSync(join(folder, 'there.ahead'), 'mine');
  for (const file of [join(folder, 'there.ahead'), join(folder, 'nowhere', 'x.ahead')]) {
    const { asked, told } = await python('for i in range(3): say(b"GET /%d end" % i)', judge, file);
    assert.deepEqual([asked.length, told.length], [3, 0]);
  }
  assert.equal(readFileSync(join(folder, 'there.ahead'), 'utf8'), 'mine');
});

test('on a full disk everything is asked about', { skip: skip === false && process.getuid?.() !== 0 ? 'a small file system needs the superuser' : skip }, async (t) => {
  const small = join(folder, 'small');
  mkdirSync(small);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', small]).status !== 0) return t.skip('nothing can be mounted here');
  try {
    writeFileSync(join(small, 'filler'), Buffer.alloc(8192));
    const { asked, told } = await python('for i in range(3): say(b"GET /%d end" % i)', judge, join(small, 'x.ahead'));
    assert.deepEqual([asked.length, told.length], [3, 0]);
  } finally {
    spawnSync('umount', [small]);
  }
});

test('connections that nobody looks into are written down as well', { skip }, async () => {
  const { file, told } = await python('for i in range(4): say(b"x")', (question) => (question.op === 'settle' ? late() : question.op === 'passed' ? undefined : { effect: 'allow', repeat: 1 }));
  assert.equal(told.length, 3);
  assert.deepEqual(connections(file).map(({ host, port: to, path }) => [host, to, path]), Array.from({ length: 3 }, () => [HOST, port, '']));
});

test('a denial and news of a name end what may be repeated', { skip }, async () => {
  const denied = await python('for w in (b"a", b"b", b"evil  x", b"c", b"d"): say(b"GET /" + w + b" end")', (question) => (textOf(question).includes('evil') ? { effect: 'deny', message: '', reason: 'test', reply: 'NDAz' } : judge(question)));
  assert.deepEqual([denied.asked, denied.told.map(({ ahead }) => ahead)], [['GET /a end', 'GET /evil  x end', 'GET /c end'], [1, 2]]);
  const news = await python('for w in (b"GET /a end", b"GET /b end", b"PUT /a end", b"GET /c end"): say(w)', (question) => (textOf(question).startsWith('PUT') ? { effect: 'allow', length: 10, news: 1 } : judge(question)));
  assert.deepEqual([news.asked, news.told.length], [['GET /a end', 'PUT /a end', 'GET /c end'], 1]);
});

test('an evaluator that is killed is noticed at the next request', { skip }, async () => {
  const file = join(folder, 'killed.ahead');
  const heard: string[] = [];
  onHeard = (text) => heard.push(text);
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}
for words in (b"GET /a end", b"GET /b end", b"cut", b"GET /c end"):
    try: say(words)
    except OSError as e: print(e.strerror)`, String(port)], (question) => {
    if (question.op === 'settle') return late();
    if (textOf(question) !== 'cut') return judge(question);
    governed.cut();
    return undefined;
  }, { env: { PATCHWORK_AHEAD: file } });
  await governed.ended;
  onHeard = () => {};
  assert.deepEqual(heard, ['GET /a end', 'GET /b end']);
  assert.deepEqual(connections(file).map(({ path }) => path), ['b']);
});
