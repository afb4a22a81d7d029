/** Plain HTTP through the guard, request by request: what is counted through, what is asked about, in which order answers come. */
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { type Answer, type Asked, startGoverned } from '../support/scripted-guard.ts';

const skip = (await whyNoGuard()) ?? false;
const HOST = '127.0.0.9';
const servers: Server[] = [];
/** What the host was sent. */
let heard = '';
let heardBytes = 0;
let port = 0;

async function listen(host: string, onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => onSocket(socket.on('error', () => {})));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

before(async () => {
  port = await listen(HOST, (socket) => {
    let isStubborn = false;
    socket.on('data', (data) => {
      heardBytes += data.length;
      if (data.length < 1000) heard += String(data);
      if (String(data).includes('stubborn')) isStubborn = true;
      if (String(data).includes('/late')) setTimeout(() => socket.write('late answer;'), 100);
      else if (String(data).includes('/big')) socket.write(Buffer.alloc(60_000_000, 'b'));
      else if (data.length < 1000) socket.write('answer;');
    });
    socket.on('end', () => !isStubborn && setTimeout(() => socket.end(), 150));
  });
});
after(() => {
  for (const server of servers) server.close();
});

const PRELUDE = `
import os, socket, sys, time
A = ("${HOST}", int(sys.argv[1]))
def until_end(s):
    got = []
    while True:
        got.append(s.recv(1 << 20))
        if not got[-1]: return b"".join(got)
s = socket.create_connection(A); s.settimeout(15)
`;
const base64 = (words: string): string => Buffer.from(words).toString('base64');
const textOf = ({ bytes = '' }: Asked): string => Buffer.from(bytes, 'base64').toString();
const DENIED: Answer = { effect: 'deny', message: '', reason: 'test', reply: base64('403') };

/** A request is a line that begins with the number of bytes that follow the line; "evil" is denied. */
function judge(question: Asked): Answer {
  if (question.op !== 'relay') return { effect: 'relay' };
  const [line = ''] = textOf(question).split('\n');
  if (!textOf(question).includes('\n')) return { effect: 'more' };
  return line.includes('evil') ? DENIED : { effect: 'allow', length: line.length + 1 + Number.parseInt(line, 10) };
}

async function python(script: string, answer: (question: Asked) => Answer = judge) {
  [heard, heardBytes] = ['', 0];
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}${script}`, String(port)], answer);
  const { out, err } = await governed.ended;
  return { lines: out.trim().split('\n'), err, asked: governed.asked.filter(({ op }) => op === 'relay') as (Asked & { again: number })[] };
}

test('each request is asked about, its body is not', { skip }, async () => {
  const { lines, asked } = await python(`
s.sendall(b"0 /one\\n"); print(s.recv(99))
s.sendall(b"5 /two\\nbo"); time.sleep(0.1); s.sendall(b"dy!"); time.sleep(0.1); print(s.recv(99))
s.sendall(b"0 /th"); time.sleep(0.1); s.sendall(b"ree\\n"); print(s.recv(99))
s.shutdown(1); print(until_end(s))`);
  assert.deepEqual(lines, ["b'answer;'", "b'answer;answer;'", "b'answer;'", "b''"]);
  assert.deepEqual(asked.map(({ again }) => again), [0, 1, 1, 1]);
  assert.equal(heard, '0 /one\n5 /two\nbody!0 /three\n');
});

test('a further request that is denied: the host has none of it, and is heard out first', { skip }, async () => {
  const { lines } = await python('s.sendall(b"0 /one\\n"); s.recv(99); s.sendall(b"0 evil\\n"); print(until_end(s))');
  assert.deepEqual(lines, ["b'403'"]);
  assert.equal(heard, '0 /one\n');
  // The host may read two requests as one piece.
  const pipelined = await python('s.sendall(b"0 /one\\n3 /late\\nabc0 evil\\n0 /behind\\n"); print(until_end(s))');
  assert.match(pipelined.lines[0] ?? '', /^b'(answer;)*late answer;403'$/);
  assert.equal(heard, '0 /one\n3 /late\nabc');
});

test('a host that goes on although nothing follows is not waited for', { skip }, async () => {
  const { lines } = await python('s.sendall(b"0 /stubborn\\n"); s.recv(99); s.sendall(b"0 evil\\n"); begun = time.time(); print(until_end(s)); print(0.8 < time.time() - begun < 6)');
  assert.deepEqual(lines, ["b'403'", 'True']);
});

test('a further request for the relay that knows HTTP is handed over, behind the answers to those before', { skip }, async () => {
  let said = '';
  const at = await listen('127.0.0.1', (socket) => {
    socket.on('data', (data) => {
      said += String(data);
      if (said.endsWith('!')) socket.end('by http');
    });
  });
  const { lines } = await python('s.sendall(b"0 /late\\nother!"); print(until_end(s))', (question) => (textOf(question).startsWith('other') ? { effect: 'http', port: at, head: base64('preface\n') } : judge(question)));
  assert.deepEqual(lines, ["b'late answer;by http'"]);
  assert.equal(said, 'preface\nother!');
  assert.equal(heard, '0 /late\n');
});

test('large bodies and answers are whole; the client may stop speaking before it is answered', { skip }, async () => {
  const { lines, asked } = await python(`
n = 50_000_000
s.sendall(b"%d /up\\n" % n + bytes(n) + b"0 /big\\n"); s.shutdown(1); print(len(until_end(s)))`);
  assert.ok(Number(lines[0]) >= 60_000_000, lines[0]);
  assert.equal(heardBytes, 50_000_000 + '50000000 /up\n0 /big\n'.length);
  // The second head may come in pieces.
  assert.ok(asked.length <= 4, String(asked.length));
});

test('what comes with the end of the stream is looked at all the same', { skip }, async () => {
  const { lines } = await python(`
ok = 0
for i in range(150):
    t = socket.create_connection(A); t.settimeout(5)
    if i % 2: time.sleep(0.002)
    t.sendall(b"0 evil\\n"); t.shutdown(1)
    try: ok += until_end(t) == b"403"
    except OSError as e: print(e)
print(ok)`);
  assert.deepEqual(lines, ['150']);
  assert.equal(heard, '');
});

test('an allow without a number does not open the rest of such a connection', { skip }, async () => {
  const { lines } = await python(
    's.sendall(b"0 /one\\n"); s.recv(99); s.sendall(b"0 /two\\n")\ntry: print(until_end(s))\nexcept OSError as e: print(e.strerror)',
    (question) => (textOf(question).includes('/two') ? { effect: 'allow' } : judge(question)),
  );
  assert.match(lines[0] ?? '', /reset by peer|b''/);
  assert.equal(heard, '0 /one\n');
});

test('urgent data inside a head cannot make the host read another one than was judged', { skip }, async () => {
  await python('s.send(b"0 /o"); s.send(b"X", socket.MSG_OOB); s.send(b"ne\\n0 /two\\n"); time.sleep(0.3); s.close()');
  assert.equal(heard, '');
});
