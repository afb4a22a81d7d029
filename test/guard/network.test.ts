/** TCP through the guard and its relay, with an evaluator that answers what each test says. */
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { allow, type Asked, deny, startGoverned, type Script } from '../support/scripted-guard.ts';
import { whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;
const HOST = '127.0.0.9';
const servers: Server[] = [];
/** What the echo server was sent, whoever sent it. */
let heard = '';
let port = 0;

async function listen(host: string, onSocket: (socket: Socket) => void, options: { readonly port?: number; readonly backlog?: number } = {}): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ host, port: options.port ?? 0, ...options }, resolve));
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

before(async () => {
  port = await listen(HOST, (socket) => {
    socket.on('data', (data) => {
      heard += String(data);
      socket.write(`<${String(data)}>`);
    });
    socket.on('end', () => socket.end('|end'));
  });
});
after(() => {
  for (const server of servers) server.close();
});

const PRELUDE = `
import errno, os, select, signal, socket, struct, sys, threading, time
HOST, PORT = "${HOST}", int(sys.argv[1])
def name(call):
    try: return call()
    except OSError as e: return errno.errorcode.get(e.errno, str(e))
def until_end(s):
    got = b""
    while True:
        more = s.recv(65536)
        if not more: return got
        got += more
`;

async function python(script: string, answer: Script, at = port) {
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}${script}`, String(at)], answer);
  return { ...(await governed.ended), asked: governed.asked };
}

/** By the relay, whatever is said there. */
const relayed = (atRelay: Script): Script => (question) => (question.op === 'relay' ? atRelay(question) : { effect: 'relay' });
const text = (question: Asked): string => Buffer.from(question.bytes ?? '', 'base64').toString();
const base64 = (words: string): string => Buffer.from(words).toString('base64');

test('a relayed connection looks like the one that was asked for', { skip }, async () => {
  const { out, asked } = await python(
    `
s = socket.create_connection((HOST, PORT))
print(s.getpeername() == (HOST, PORT))
s.sendall(b"one"); print(s.recv(99)); s.shutdown(socket.SHUT_WR); print(until_end(s))
s = socket.socket(); s.setblocking(False)
print(errno.errorcode[s.connect_ex((HOST, PORT))], select.select([], [s], [], 5)[1] == [s], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
print(s.connect_ex((HOST, PORT)), name(lambda: s.connect((HOST, PORT))))
s.send(b"two"); s.setblocking(True); print(s.recv(99))
s = socket.socket(socket.AF_INET6)
s.connect(("::ffff:" + HOST, PORT)); print(s.getpeername()[:2] == ("::ffff:" + HOST, PORT)); s.sendall(b"three"); print(s.recv(99))
s = socket.socket(); s.bind(("127.0.0.5", 0)); s.connect((HOST, PORT)); s.sendall(b"four"); print(s.recv(99))
s = socket.socket(); s.setsockopt(socket.IPPROTO_TCP, 30, 1); s.connect((HOST, PORT)); s.sendall(b"five"); print(s.recv(99))
print(name(lambda: socket.socket().sendto(b"x", socket.MSG_FASTOPEN, (HOST, PORT))))
a, b = socket.socketpair(); a.sendall(b"pair"); print(b.recv(9))
`,
    relayed(() => allow),
  );
  assert.deepEqual(out.trim().split('\n'), ['True', "b'<one>'", "b'|end'", 'EINPROGRESS True 0', '0 EISCONN', "b'<two>'", 'True', "b'<three>'", "b'<four>'", "b'<five>'", 'ENOTSUP', "b'pair'"]);
  assert.deepEqual(asked.filter(({ op }) => op === 'relay').map((question) => [question.host, question.port, text(question)]), ['one', 'two', 'three', 'four', 'five'].map((words) => [HOST, port, words]));
});

test('IPv6 to IPv6', { skip }, async (t) => {
  const at = await listen('::1', (socket) => socket.on('data', (data) => socket.write(`6${String(data)}`))).catch(() => 0);
  if (at === 0) return t.skip('no IPv6 here');
  const { out, asked } = await python('s = socket.create_connection(("::1", PORT)); print(s.getpeername()[0]); s.sendall(b"x"); print(s.recv(9))\ns = socket.create_connection(("::", PORT)); s.sendall(b"y"); print(s.recv(9))', relayed(() => allow), at);
  assert.equal(out, "::1\nb'6x'\nb'6y'\n");
  assert.deepEqual([...new Set(asked.map(({ host }) => host))], ['::1']);
  return undefined;
});

test('denied at connect: EACCES, the reason, and nothing of it arrives', { skip }, async () => {
  heard = '';
  const { out, err, asked } = await python('s = socket.socket(); print(name(lambda: s.connect((HOST, PORT))))\ns = socket.socket(); s.setblocking(False); print(name(lambda: s.connect((HOST, PORT))))', () => deny('patchwork: denied HOST\n  rule: of the test'));
  assert.equal(out, 'EACCES\nEACCES\n');
  assert.match(err, /rule: of the test/);
  assert.equal(heard, '');
  assert.deepEqual(asked.map(({ host, port: to, transport }) => [host, to, transport]), [[HOST, port, 'tcp'], [HOST, port, 'tcp']]);
});

test('denied by what it says: closed with the answer for the client, nothing of it arrives', { skip }, async () => {
  heard = '';
  const { out, err } = await python(
    `
s = socket.create_connection((HOST, PORT)); s.sendall(b"secret" * 20000); print(until_end(s))
s = socket.create_connection((HOST, PORT)); s.sendall(b"other"); print(name(lambda: s.recv(9)))
`,
    relayed((question) => ({ ...deny('patchwork: denied by name'), ...(text(question).startsWith('secret') ? { reply: base64('403 no') } : {}) })),
  );
  assert.equal(out, "b'403 no'\nECONNRESET\n");
  assert.match(err, /denied by name/);
  assert.equal(heard, '');
});

test('more is waited for, up to the end or the limit', { skip }, async () => {
  heard = '';
  const { out, asked } = await python(
    `
s = socket.create_connection((HOST, PORT))
for piece in (b"a", b"b", b"c!"): s.sendall(piece); time.sleep(.1)
print(s.recv(99))
s = socket.create_connection((HOST, PORT)); s.sendall(b"half"); s.shutdown(socket.SHUT_WR); print(name(lambda: until_end(s)))
s = socket.create_connection((HOST, PORT)); s.sendall(b"x" * 100000); print(name(lambda: until_end(s)))
`,
    relayed((question) => (text(question).endsWith('!') ? allow : { effect: 'more' })),
  );
  assert.equal(out, "b'<abc!>'\nECONNRESET\nECONNRESET\n");
  assert.equal(heard, 'abc!');
  assert.ok(asked.every(({ bytes = '' }) => bytes.length <= 44_000));
});

test('a host that speaks first is heard; the client is asked about when it speaks', { skip }, async () => {
  let said = '';
  const at = await listen(HOST, (socket) => {
    socket.write('banner\n');
    socket.on('data', (data) => {
      said += String(data);
      socket.end('bye');
    });
  });
  const { out, asked } = await python('s = socket.create_connection((HOST, PORT)); print(s.recv(99)); s.sendall(b"hello"); print(until_end(s))', relayed(() => allow), at);
  assert.equal(out, "b'banner\\n'\nb'bye'\n");
  assert.deepEqual(asked.filter(({ op }) => op === 'relay').map((question) => [question.silent, text(question)]), [[1, ''], [0, 'hello']]);
  const second = await python('s = socket.create_connection((HOST, PORT)); print(s.recv(99)); s.sendall(b"evil"); print(name(lambda: until_end(s)))', relayed(({ silent }) => (silent === 1 ? allow : deny())), at);
  assert.equal(second.out, "b'banner\\n'\nECONNRESET\n");
  assert.equal(said, 'hello');
});

test('HTTP goes to the relay that knows it, with a preface, and the host is left', { skip }, async () => {
  let said = '';
  const at = await listen('127.0.0.1', (socket) =>
    socket.on('data', (data) => {
      said += String(data);
      if (said.endsWith('\r\n\r\n')) socket.end('by http');
    }),
  );
  heard = '';
  const { out } = await python('s = socket.create_connection((HOST, PORT)); s.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n"); print(until_end(s))', relayed(() => ({ effect: 'http', port: at, head: base64('preface\n') })));
  assert.equal(out, "b'by http'\n");
  assert.equal(said, 'preface\nGET / HTTP/1.1\r\n\r\n');
  assert.equal(heard, '');
});

test('without an answer there is no connection', { skip }, async () => {
  heard = '';
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}
s = socket.create_connection((HOST, PORT)); s.sendall(b"cut"); print(name(lambda: s.recv(9)))
print(name(lambda: socket.create_connection((HOST, PORT)).sendall(b"x")))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); print(name(lambda: u.sendto(b"x", (HOST, PORT))))
u.settimeout(1); u.connect((HOST, 53)); u.send(b"12" + b"\\0" * 20); print(u.recv(99)[3] & 15)`, String(port)], (question) => {
    if (question.op !== 'relay') return { effect: 'relay' };
    governed.cut();
    return undefined;
  });
  const { out, err } = await governed.ended;
  assert.match(out, /^ECONNRESET\n(EACCES|EPIPE|None)\nEACCES\n5\n$/);
  assert.match(err, /cannot be reached/);
  assert.equal(heard, '');
});

test("the session's own servers are reached without a question, others at loopback are asked about", { skip }, async () => {
  const outside = await listen('127.0.0.1', (socket) => socket.end('outside'));
  const { out, asked } = await python(
    `
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(); print(socket.create_connection(l.getsockname()).getpeername() == l.getsockname())
l = socket.socket(); l.listen(); socket.create_connection(("127.0.0.1", l.getsockname()[1])); print("without bind")
l = socket.socket(socket.AF_INET6); l.bind(("::", 0)); l.listen(); socket.create_connection(("127.0.0.1", l.getsockname()[1])); socket.create_connection(("::1", l.getsockname()[1])); print("both families")
if os.fork() == 0:
    socket.create_connection(("127.0.0.1", l.getsockname()[1])); os._exit(0)
os.wait(); port = l.getsockname()[1]; l.close(); print(name(lambda: socket.create_connection(("127.0.0.1", port))))
print(name(lambda: socket.create_connection(("127.0.0.1", PORT))), name(lambda: socket.create_connection(("0.0.0.0", PORT))))
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.bind(("127.0.0.1", 0))
a.sendto(b"there", b.getsockname()); words, back = b.recvfrom(9); b.sendto(b"back", back); print(words, a.recv(9))
`,
    // What no rule names is denied without a word where nobody listens.
    ({ transport }) => deny(transport === 'tcp-unheard' ? '' : undefined),
    outside,
  );
  assert.deepEqual(out.trim().split('\n'), ['True', 'without bind', 'both families', 'ECONNREFUSED', 'EACCES EACCES', "b'there' b'back'"]);
  assert.ok(asked.every(({ host }) => host === '127.0.0.1'));
  assert.equal(asked.filter(({ port: to }) => to === outside).length, 2);
});

/** An address of this machine that is not loopback. */
const OWN = Object.values(networkInterfaces()).flat().find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address;

test("the session's own servers are reached at this machine's other addresses, nobody else's are", { skip: skip === false && OWN === undefined ? 'there is no address but loopback' : skip }, async () => {
  const outside = await listen(OWN ?? '', (socket) => socket.end('outside'));
  const { out, asked } = await python(
    `
OWN = "${OWN}"
l = socket.socket(); l.bind(("0.0.0.0", 0)); l.listen(); own = l.getsockname()[1]; print(socket.create_connection((OWN, own)).getpeername()[1] == own)
print(name(lambda: socket.create_connection((OWN, PORT))), name(lambda: socket.create_connection(("192.0.2.77", own), 3)))
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.bind(("0.0.0.0", 0)); a.sendto(b"there", (OWN, b.getsockname()[1])); print(b.recv(9))
`,
    () => deny(),
    outside,
  );
  assert.deepEqual(out.trim().split('\n'), ['True', 'EACCES EACCES', "b'there'"]);
  assert.deepEqual(asked.map(({ host }) => host), [OWN, '192.0.2.77']);
});

test('a host that does not answer: nothing is writable, limits and signals hold', { skip }, async () => {
  const { out } = await python(
    `
s = socket.socket(); s.setblocking(False); print(name(lambda: s.connect(("127.0.0.9", PORT))))
print(select.select([], [s], [], .4)[1], name(lambda: s.connect(("127.0.0.9", PORT))))
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 300000)); t = time.time(); print(name(lambda: s.connect(("127.0.0.9", PORT))), .2 < time.time() - t < 2)
class Alarm(Exception): pass
def on_alarm(*_): raise Alarm()
signal.signal(signal.SIGALRM, on_alarm); signal.setitimer(signal.ITIMER_REAL, .3); t = time.time()
try: socket.socket().connect(("127.0.0.9", PORT))
except Alarm: print("alarm", time.time() - t < 2)
`,
    relayed(() => allow),
    await deafPort(),
  );
  assert.deepEqual(out.trim().split('\n'), ['EINPROGRESS', '[] EALREADY', 'EINPROGRESS True', 'alarm True']);
});

/** A port whose queue is full: it drops whoever comes, as a host that is not there. */
async function deafPort(): Promise<number> {
  const { spawn } = await import('node:child_process');
  const child = spawn('python3', ['-c', 'import socket,time\nl=socket.socket(); l.bind(("127.0.0.9",0)); l.listen(0); c=socket.create_connection(l.getsockname()); print(l.getsockname()[1],flush=True); input()'], { stdio: ['pipe', 'pipe', 'inherit'] });
  after(() => child.kill());
  return new Promise((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
}

test('kinds of sockets that nobody judges are not made', { skip }, async () => {
  const { out } = await python(
    `
for what in ((17, 3, 0), (2, 3, 1), (10, 3, 58), (2, 10, 0), (2, 2, 1), (40, 1, 0), (16, 3, 9), (16, 3, 15), (16, 3, 12), (16, 3, 4), (2, 1, 132), (2, 5, 132), (2, 1, 262), (38, 5, 0), (44, 3, 0), (15, 3, 2), (43, 1, 0), (2, 2, 136)):
    print(name(lambda: socket.socket(*what) and "made"))
for what in ((1, 1, 0), (1, 2, 0), (1, 5, 0), (2, 1, 0), (2, 1, 6), (2, 2, 0), (2, 2, 17), (10, 1, 0), (10, 2, 17), (16, 3, 0)): assert socket.socket(*what)
print(name(lambda: socket.socket().setsockopt(0, 4, b"\\x83\\x07\\x04\\x7f\\0\\0\\x08\\0")), name(lambda: socket.socket(10).setsockopt(41, 57, b"\\0" * 24)))
print([l for l in open("/proc/self/status") if l.startswith("CapEff")][0].split()[1])
`,
    () => deny(),
  );
  const lines = out.trim().split('\n');
  assert.deepEqual(new Set(lines.slice(0, 18)), new Set(['EAFNOSUPPORT', 'EPERM', 'EACCES', 'EPROTONOSUPPORT']));
  assert.equal(lines[18], 'EPERM EPERM');
  const rights = BigInt(`0x${lines[19]}`);
  assert.equal(rights & ((1n << 12n) | (1n << 13n)), 0n);
});

test('ordinary users are served as the superuser is', { skip: skip || (process.getuid?.() !== 0 ? 'only the superuser can become somebody else' : false) }, async () => {
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}s = socket.create_connection((HOST, PORT)); s.sendall(b"user"); print(s.recv(99), os.getuid())`, String(port)], relayed(() => allow), { user: { uid: 65_534, gid: 65_534 }, env: { HOME: '/' } });
  assert.equal((await governed.ended).out, "b'<user>' 65534\n");
});
