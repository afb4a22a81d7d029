/** Look-ups and datagrams through the guard, with an evaluator that answers what each test says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileC } from '../support/compile.ts';
import { type Asked, type Answer, allow, deny, startGoverned, type Script } from '../support/scripted-guard.ts';
import { whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;
const folder = mkdtempSync(join(tmpdir(), 'pw-names-'));
const sockets: Socket[] = [];
let port = 0;
/** What arrived at the address that is denied. */
let leaked = 0;

const LOOK_UP = `
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *at;
  int error = argc < 2 ? 1 : getaddrinfo(argv[1], "443", &hints, &at);
  if (error) return puts("not found"), 1;
  for (; at; at = at->ai_next) {
    char text[64];
    puts(inet_ntop(at->ai_family, at->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)at->ai_addr)->sin_addr : (void *)&((struct sockaddr_in6 *)at->ai_addr)->sin6_addr, text, sizeof text));
  }
  return 0;
}
`;

before(async () => {
  for (const [host, answer] of [['127.0.0.9', (words: string) => `<${words}>`], ['127.0.0.8', undefined]] as const) {
    const socket = createSocket('udp4');
    sockets.push(socket);
    socket.on('message', (message, from) => {
      if (answer === undefined) leaked++;
      else socket.send(answer(String(message)), from.port, from.address);
    });
    await new Promise<void>((resolve) => socket.bind(port, host, resolve));
    port = socket.address().port;
  }
  writeFileSync(join(folder, 'look.c'), LOOK_UP);
});
after(() => {
  for (const socket of sockets) socket.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `ok.test` is 10.1.2.3; every other name does not exist. */
function resolve({ bytes = '' }: Asked): Answer & { name: string } {
  const query = Buffer.from(bytes, 'base64');
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += (query[at] ?? 0) + 1) labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  const isFound = labels.join('.').toLowerCase() === 'ok.test';
  const hasRecord = isFound && query.readUInt16BE(at + 1) === 1;
  const head = Buffer.from([...query.subarray(0, 2), 0x81, isFound ? 0x80 : 0x83, 0, 1, 0, hasRecord ? 1 : 0, 0, 0, 0, 0]);
  const record = hasRecord ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 1, 2, 3]) : Buffer.alloc(0);
  return { effect: 'allow', reply: Buffer.concat([head, query.subarray(12, at + 5), record]).toString('base64'), name: labels.join('.') };
}

const names: Script = (question) => {
  if (question.op !== 'dns') return question.transport === 'udp' ? deny() : { effect: 'relay' };
  const { name, ...answer } = resolve(question);
  return { ...answer, ...(name === 'ok.test' ? {} : { message: `patchwork: denied ${name}` }) };
};

async function run(argv: readonly string[], script: Script = names) {
  const governed = await startGoverned(argv, script);
  const begun = Date.now();
  const { out, err } = await governed.ended;
  return { lines: out.trim().split('\n'), err, asked: governed.asked, ms: Date.now() - begun };
}

function program(compiler: string, name: string, flags: readonly string[]): string | undefined {
  if (spawnSync(compiler, ['--version']).error !== undefined) return undefined;
  const result = spawnSync(compiler, ['-w', '-o', join(folder, name), join(folder, 'look.c'), ...flags], { encoding: 'utf8' });
  return result.status === 0 ? join(folder, name) : undefined;
}

for (const [title, compiler, flags] of [['the C library', 'cc', []], ['a static program of musl', 'musl-gcc', ['-static']]] as const) {
  test(`names are looked up by ${title}`, { skip }, async (t) => {
    const look = program(compiler, `look-${compiler}`, flags);
    if (look === undefined) return t.skip(`there is no ${compiler}`);
    const found = await run([look, 'ok.test']);
    assert.deepEqual(found.lines, ['10.1.2.3']);
    const not = await run([look, 'no.test']);
    assert.deepEqual(not.lines, ['not found']);
    assert.match(not.err, /denied no\.test/);
    assert.ok(not.ms < 3000, `${not.ms} ms`);
    assert.ok(found.asked.every(({ op }) => op === 'dns'), 'sorting of addresses asks nothing');
    return undefined;
  });
}

test('names are looked up by Node, its own resolver included, at whatever server', { skip }, async () => {
  const { lines, asked } = await run([process.execPath, '-e', `
const dns = require('dns'); const other = new dns.Resolver(); other.setServers(['9.9.9.9']);
const say = (what) => (error, found) => console.log(what, error ? error.code : JSON.stringify(found));
dns.lookup('ok.test', say('lookup')); dns.lookup('no.test', say('lookup')); dns.resolve4('ok.test', say('resolve')); dns.resolve4('no.test', say('resolve')); other.resolve4('ok.test', say('other'));`]);
  assert.deepEqual(lines.sort(), ['lookup "10.1.2.3"', 'lookup ENOTFOUND', 'other ["10.1.2.3"]', 'resolve ENOTFOUND', 'resolve ["10.1.2.3"]']);
  assert.ok(asked.some(({ host }) => host === '9.9.9.9'));
});

test('names are looked up by dig, by datagram and by TCP', { skip: skip || (existsSync('/usr/bin/dig') ? false : 'there is no dig') }, async () => {
  const { lines } = await run(['/usr/bin/dig', '+time=2', '+tries=1', 'ok.test', '@8.8.8.8']);
  assert.ok(lines.some((line) => /ok\.test\.\s+60\s+IN\s+A\s+10\.1\.2\.3/.test(line)), lines.join('\n'));
  assert.ok(lines.some((line) => line.includes('SERVER: 8.8.8.8#53')));
  const tcp = await run(['/usr/bin/dig', '+tcp', '+short', '+time=2', '+tries=1', 'ok.test', '@8.8.8.8']);
  assert.deepEqual(tcp.lines, ['10.1.2.3']);
});

const PRELUDE = `
import errno, os, select, socket, sys, threading, time
PORT = int(sys.argv[1])
def name(call):
    try: return call()
    except OSError as e: return errno.errorcode.get(e.errno, str(e))
def udp(family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(1); return s
def question(name, number=b"12"):
    return number + b"\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\\0\\0\\1\\0\\1"
`;
const python = (script: string, answer?: Script) => run(['/usr/bin/python3', '-c', PRELUDE + script, String(port)], answer);

test('answers come from the server that was asked, however they are read', { skip }, async () => {
  const { lines } = await python(`
s = udp(); s.sendto(question("ok.test"), ("8.8.8.8", 53)); words, source = s.recvfrom(512); print(words[:2], words[3] & 15, source)
s = udp(); s.sendmsg([question("ok.test")[:7], question("ok.test")[7:]], [], 0, ("8.8.4.4", 53)); print(s.recvfrom(512)[1])
s = udp(socket.AF_INET6); s.sendto(question("no.test"), ("::ffff:8.8.8.8", 53)); words, source = s.recvfrom(512); print(words[3] & 15, source[:2])
s = udp(); s.connect(("8.8.8.8", 53)); s.send(question("ok.test")); words, source = s.recvfrom(512); print(len(words), source, s.getpeername())
s.send(question("ok.test", b"34")); print(s.recv(512)[:2])
s = udp(); s.setblocking(True); threading.Timer(.2, lambda: s.sendto(question("ok.test"), ("8.8.8.8", 53))).start(); s.sendto(question("no.test"), ("8.8.8.8", 53)); print(s.recvfrom(512)[1], s.recvfrom(512)[1])
t = socket.create_connection(("8.8.8.8", 53)); q = question("ok.test"); print(t.getpeername())
for piece in (bytes([0]), bytes([len(q)]) + q[:5], q[5:] + bytes([0, len(q)]) + q): t.sendall(piece); time.sleep(.05)
got = b""
while len(got) < 2 * (2 + len(q) + 16): got += t.recv(999)
print(got.count(bytes([10, 1, 2, 3])))
t = socket.create_connection(("8.8.8.8", 53)); t.sendall(b"\\0\\3abc"); print(name(lambda: t.recv(9)))
`);
  assert.deepEqual(lines, ["b'12' 0 ('8.8.8.8', 53)", "('8.8.4.4', 53)", "3 ('::ffff:8.8.8.8', 53)", "41 ('8.8.8.8', 53) ('8.8.8.8', 53)", "b'34'", "('8.8.8.8', 53) ('8.8.8.8', 53)", "('8.8.8.8', 53)", '2', 'ECONNRESET']);
});

test('a slow look-up holds no other back', { skip }, async () => {
  const { lines } = await python(
    `
a = udp(); a.connect(("8.8.8.8", 53)); b = udp(); b.connect(("8.8.8.8", 53)); a.settimeout(5)
t = time.time(); a.send(question("slow.test")); b.send(question("ok.test")); b.recv(512); print(time.time() - t < .7); a.recv(512); print(time.time() - t > .9)
`,
    async (question) => {
      const { name, ...answer } = resolve(question);
      if (name === 'slow.test') await new Promise((done) => setTimeout(done, 1000));
      return answer;
    },
  );
  assert.deepEqual(lines, ['True', 'True']);
});

test('nobody else is answered by the resolver', { skip }, async () => {
  const governed = await startGoverned(['/usr/bin/python3', '-c', `${PRELUDE}
s = udp(); s.connect(("8.8.8.8", 53)); s.send(question("ok.test")); s.recv(512); print("ready", flush=True); time.sleep(1.5)
`, '0'], names);
  await new Promise((ready) => governed.process.stdout?.once('data', ready));
  const before = governed.asked.length;
  // The resolver's own port: the one datagram socket of the guard at 127.0.0.1.
  const ports = readFileSync('/proc/net/udp', 'utf8').split('\n').flatMap((line) => /0100007F:([0-9A-F]{4}) 00000000:0000/.exec(line)?.[1] ?? []).map((hex) => Number.parseInt(hex, 16));
  const stranger = createSocket('udp4');
  for (const to of ports) stranger.send(Buffer.from('120100000100000000000000026f6b04746573740000010001', 'hex'), to, '127.0.0.1');
  await new Promise((done) => setTimeout(done, 500));
  stranger.close();
  assert.equal(governed.asked.length, before);
  await governed.ended;
});

test('datagrams go where they may, and nowhere else', { skip }, async () => {
  leaked = 0;
  const { lines, asked } = await python(
    `
OK, NO = ("127.0.0.9", PORT), ("127.0.0.8", PORT)
s = udp(); print(s.sendto(b"a", OK), s.recvfrom(9)); print(name(lambda: s.sendto(b"a", NO)), name(lambda: s.sendmsg([b"a"], [], 0, NO)), name(lambda: s.connect(NO)))
print(s.sendmsg([b"a", b"b"], [], 0, OK), s.recvmsg(9)[0]); s.connect(OK); print(s.send(b"c"), s.recv(9)); print(name(lambda: s.sendmsg([b"a"], [], 0, NO)), s.sendmsg([b"z"]), s.recv(9))
print(name(lambda: s.sendmsg([b"a"], [(0, 7, b"\\x83\\x07\\x04\\x7f\\0\\0\\x08\\0")], 0, OK)), name(lambda: s.sendmsg([b"a"], [(1, 36, b"\\1\\0\\0\\0")], 0, OK)))
six = udp(socket.AF_INET6); print(name(lambda: six.sendto(b"a", ("::ffff:127.0.0.8", PORT))), six.sendto(b"a", ("::ffff:127.0.0.9", PORT)), six.recv(9))
print(name(lambda: udp().sendto(b"x" * 300000, OK)), name(lambda: udp().sendto(b"", OK)))
q = udp(); print(name(lambda: q.connect(("127.0.0.8", 443))), name(lambda: q.send(b"x")), name(lambda: os.write(q.fileno(), b"x")), name(lambda: q.sendmsg([b"x"])), name(lambda: q.sendto(b"x", ("127.0.0.8", 443))))
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendmsg([b"pair"]); print(b.recv(9))
for threads in (False, True):
    a, b = socket.socketpair(); wait = threading.Event()
    if threads: threading.Thread(target=wait.wait).start()
    socket.send_fds(a, [b"x"], [0, 1]); print(len(socket.recv_fds(b, 9, 4)[1])); b.close(); wait.set(); print(name(lambda: a.sendmsg([b"x"])))
`,
    ({ host }) => (host === '127.0.0.9' ? allow : deny()),
  );
  assert.deepEqual(lines, [`1 (b'<a>', ('127.0.0.9', ${port}))`, 'EACCES EACCES EACCES', "2 b'<ab>'", "1 b'<c>'", "EACCES 1 b'<z>'", 'EPERM EPERM', "EACCES 1 b'<a>'", 'EMSGSIZE 0', 'None EPIPE EPIPE EPIPE EACCES', "b'pair'", '2', 'EPIPE', '2', 'EPIPE']);
  assert.equal(leaked, 0);
  assert.ok(asked.every(({ transport }) => transport === 'udp'));
});

test('an address that another thread rewrites, or a descriptor that it exchanges, leads nowhere else', { skip }, async (t) => {
  leaked = 0;
  const attack = join(folder, 'swap');
  const problem = compileC(join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'guard', 'swap.c'), attack, ['-pthread']);
  if (problem !== undefined) return t.skip(problem);
  spawnSync(attack, [String(port)]);
  // What it left in the queue comes in small portions.
  for (let before = -1, end = Date.now() + 10_000; (leaked === 0 || leaked !== before) && Date.now() < end; await new Promise((done) => setTimeout(done, 300))) before = leaked;
  assert.ok(leaked > 0, 'without the guard it gets through');
  leaked = 0;
  const { lines } = await run([attack, String(port)], ({ host }) => (host === '127.0.0.9' ? allow : deny()));
  assert.deepEqual(lines, ['over']);
  assert.equal(leaked, 0);
  return undefined;
});
