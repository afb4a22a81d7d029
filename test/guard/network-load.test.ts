/** The relay under load and under attack: bounded, and others go on. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileC } from '../support/compile.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { allow, deny, type Governed, type Script, startGoverned } from '../support/scripted-guard.ts';

const folder = mkdtempSync(join(tmpdir(), 'pw-load-'));
const program = join(folder, 'network');
const problem = compileC(join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'guard', 'network.c'), program, ['-pthread', '-O2']);
const skip = (await whyNoGuard()) ?? problem ?? false;
let server: ChildProcess;
let port = '';

before(async () => {
  if (problem !== undefined) return;
  server = spawn(program, ['serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  port = String((await once(server.stdout as NonNullable<ChildProcess['stdout']>, 'data'))[0]).trim();
});
after(() => {
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const relayed: Script = ({ op }) => (op === 'relay' ? allow : { effect: 'relay' });

/** Kilobytes of memory that the guard holds at most while it runs. */
async function watched(governed: Governed) {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${governed.process.pid}/status`, 'utf8'))?.[1] ?? 0));
    } catch {
      // It is over.
    }
  }, 50);
  const result = await governed.ended;
  clearInterval(timer);
  return { ...result, peak };
}

test('5,000 connections at once, all of them open: memory stays bounded', { skip }, async (t) => {
  const files = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout);
  if (files < 20_000) return t.skip(`only ${files} descriptors may be open here`);
  const { out, peak } = await watched(await startGoverned([program, 'many', port, '5000'], relayed));
  assert.match(out, /^done 5000 failed 0 /);
  assert.ok(peak < 48 * 1024, `${peak} KB`);
  return undefined;
});

test('200 downloads at once are whole', { skip }, async () => {
  const { out, peak } = await watched(await startGoverned([program, 'download', port, '3000000', '200'], relayed));
  assert.match(out, /^good 200 of 200/);
  assert.ok(peak < 48 * 1024, `${peak} KB`);
});

test('70 readers that do not read hold nobody up, and get what is theirs', { skip }, async () => {
  const { out } = await (
    await startGoverned(['/usr/bin/python3', '-c', `
import socket, sys, time
def start(size):
    s = socket.create_connection(("127.0.0.9", int(sys.argv[1]))); s.sendall(b"s%d\\n" % size); return s
def finish(s):
    n = 0
    while True:
        more = len(s.recv(1 << 16))
        if more == 0: return n
        n += more
slow = [start(8000000) for _ in range(70)]
time.sleep(1)
t = time.time(); print(finish(start(5000000)), time.time() - t < 5)
print({finish(s) for s in slow[:40]})`, port], relayed)
  ).ended;
  assert.equal(out, '5000000 True\n{8000000}\n');
});

test('a client that never finishes its words is hung up on; others go on meanwhile', { skip }, async () => {
  const { out } = await (
    await startGoverned(['/usr/bin/python3', '-c', `
import socket, sys, time
def connect(): return socket.create_connection(("127.0.0.9", int(sys.argv[1])))
slow = [connect() for _ in range(100)]
begun = time.time(); gone = 0
for i in range(130):
    for s in slow:
        try: s.send(b"G")
        except OSError: gone += 1; slow = [x for x in slow if x is not s]
    if i % 40 == 0: s = connect(); s.sendall(b"e!"); assert s.recv(9) == b"e!"
    if not slow: break
    time.sleep(.1)
print(gone, 8 < time.time() - begun < 13)`, port], (question) => (question.op === 'relay' ? (Buffer.from(question.bytes ?? '', 'base64').includes('!') ? allow : { effect: 'more' }) : { effect: 'relay' }))
  ).ended;
  assert.equal(out, '100 True\n');
});

test('a flood of connections to a host that does not answer leaves room for others', { skip }, async () => {
  const deaf = spawn('python3', ['-c', 'import socket\nl=socket.socket(); l.bind(("127.0.0.9",0)); l.listen(0); c=socket.create_connection(l.getsockname()); print(l.getsockname()[1],flush=True); input()'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const at = String((await once(deaf.stdout, 'data'))[0]).trim();
  const { out, peak } = await watched(
    await startGoverned(['/usr/bin/python3', '-c', `
import errno, os, resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
results = {}
for i in range(7000):
    s = socket.socket(); s.setblocking(False); e = s.connect_ex(("127.0.0.9", int(sys.argv[2]))); results[errno.errorcode[e]] = results.get(errno.errorcode[e], 0) + 1
    if i % 2: s.close()
    else: globals()["s%d" % i] = s
print(sorted(results))
if os.fork() == 0:
    s = socket.create_connection(("127.0.0.9", int(sys.argv[1]))); s.sendall(b"e"); print(s.recv(9), flush=True); os._exit(0)
os.wait()`, port, at], relayed),
  );
  deaf.kill();
  assert.match(out, /^\['EINPROGRESS'(, 'ENOBUFS')?\]\nb'e'\n$/);
  assert.ok(peak < 48 * 1024, `${peak} KB`);
});

test('a host that refuses late is told as the kernel would tell it', { skip }, async () => {
  const deaf = spawn('python3', ['-c', 'import socket\nl=socket.socket(); l.bind(("127.0.0.9",0)); l.listen(0); c=socket.create_connection(l.getsockname()); print(l.getsockname()[1],flush=True); input()'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const at = String((await once(deaf.stdout, 'data'))[0]).trim();
  const governed = await startGoverned(['/usr/bin/python3', '-c', `
import errno, select, socket, sys
s = socket.socket(); s.setblocking(False); print(errno.errorcode[s.connect_ex(("127.0.0.9", int(sys.argv[1])))], flush=True)
print(select.select([], [s], [], 10)[1] == [s], errno.errorcode.get(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)), s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
`, at], relayed);
  governed.process.stdout?.once('data', () => deaf.kill());
  assert.equal((await governed.ended).out, 'EINPROGRESS\nTrue ECONNREFUSED 0\n');
});

test('an address that another thread rewrites during connect(2)', { skip }, async () => {
  const servers: Server[] = [];
  let touched = 0;
  const listen = async (host: string, at: number, words: string, onTouch: () => void): Promise<number> => {
    const one = createServer((socket) => {
      onTouch();
      socket.on('error', () => {}).end(words);
    });
    servers.push(one);
    await new Promise<void>((resolve) => one.listen(at, host, resolve));
    return (one.address() as { port: number }).port;
  };
  const at = await listen('127.0.0.9', 0, 'hello', () => {});
  await listen('127.0.0.8', at, 'SECRET', () => touched++);
  const bare = spawn(program, ['race', String(at), '127.0.0.8', '1'], { stdio: 'ignore' });
  await once(bare, 'exit');
  assert.ok(touched > 0, 'without the guard it gets through');
  touched = 0;
  for (const effect of ['allow', 'relay']) {
    const { ended } = await startGoverned([program, 'race', String(at), '127.0.0.8', '2'], ({ op, host }) => (op === 'relay' ? allow : host === '127.0.0.9' ? { effect } : deny()));
    assert.equal((await ended).out, 'tries 1 through 0\n');
  }
  assert.equal(touched, 0);
  for (const one of servers) one.close();
});
