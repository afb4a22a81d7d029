/** The relay itself: proxies of every kind without the guard, upstream proxies, other users, slow clients, thousands of them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { runBatch } from './support/batch.ts';
import { type Bed, createBed, whyNoBed } from './support/bed.ts';
import { DENIED, PRIVATE } from './support/world.ts';

const skip = (await whyNoGuard()) ?? whyNoBed() ?? false;
let bed: Bed;
before(async () => {
  if (skip === false) bed = await createBed('relay');
});
after(() => bed?.close());

const WITHOUT = { options: ['--no-guard', '--allow-degraded'] };
const PROXY_ROWS: readonly (readonly [id: string, script: string, expected: RegExp])[] = [
  ['https', 'curl -sS -m 5 https://allowed.test/', /^SERVED https GET allowed\.test/],
  ['http', 'curl -sS -m 5 http://allowed.test/x http://also.test/y', /^SERVED http GET allowed\.test \/x.*\nSERVED http GET also\.test \/y/],
  ['upload', 'head -c 1000000 /dev/zero | curl -sS -m 5 -T - http://allowed.test/up', /body 1000000/],
  ['socks', 'curl -sS -m 5 --socks5-hostname "${HTTP_PROXY#http://}" https://allowed.test/', /^SERVED https/],
  ['denied-https', 'curl -sS -m 5 https://denied.test/', /response 403/],
  ['denied-http', 'curl -sS -m 5 http://denied.test/', /denied network_request `denied\.test:80`\n {2}rule: network\.deny: \*/],
  ['denied-json', 'curl -sS -m 5 -H "Accept: application/json" http://denied.test/', /"host":"denied\.test"/],
  ['denied-socks', 'curl -sS -m 5 --socks5-hostname "${HTTP_PROXY#http://}" https://denied.test/', /curl: \(97\)/],
  ['denied-sni', `curl -sS -m 5 --connect-to denied.test:443:allowed.test:443 https://denied.test/`, /access denied/],
  ['denied-host', 'curl -sS -m 5 -p -H "Host: denied.test" http://allowed.test/', /denied network_request `denied\.test/],
  ['denied-address', `curl -sS -m 5 https://${DENIED}/`, /response 403/],
  ['rebind', 'curl -sS -m 5 http://rebind.test/', /rebind\.test leads to|denied network_request `rebind\.test/],
  ['private', `curl -sS -m 5 http://${PRIVATE}/`, /denied network_request `10\.66\.0\.5/],
  ['no-secret', 'curl -sS -m 5 -x "http://${HTTP_PROXY#*@}" http://allowed.test/; curl -sS -m 5 -x "http://patchwork:wrong@${HTTP_PROXY#*@}" https://allowed.test/', /serves its own session[\s\S]*response 407/],
  ['no-secret-socks', 'curl -sS -m 5 --socks5-hostname "${HTTP_PROXY#*@}" http://allowed.test/', /curl: \(97\)/],
  ['python', '/usr/bin/python3 -c "import urllib.request; print(urllib.request.urlopen(\'https://allowed.test/\').read())"', /SERVED https/],
  ['node', 'node -e \'require("http").get("http://denied.test/").on("error", (e) => console.log(e.message))\'', /denied network_request `denied\.test:80`/],
];

test('without the guard: the relay is a proxy that programs are told of', { skip }, async (t) => {
  const { rows } = runBatch(bed, 'governed', PROXY_ROWS.map(([id, script]) => ({ id, script })), WITHOUT);
  for (const [id, , expected] of PROXY_ROWS) await t.test(id, () => assert.match(rows.get(id)?.out ?? '', expected));
  const packets = await bed.packets();
  for (const address of [DENIED, PRIVATE]) assert.deepEqual(packets.filter((line) => line.includes(`> ${address}.`)), []);
  assert.deepEqual(bed.seen().filter((line) => /^dns.* denied/.test(line)), []);
});

/** A plain proxy of somebody else's: it logs what it is asked for, and connects to whatever that is. */
const UPSTREAM = `
import socket, threading, sys
log = open(sys.argv[1], 'a', buffering=1)
def pump(a, b):
  try:
    while True:
      d = a.recv(65536)
      if not d: break
      b.sendall(d)
  except OSError: pass
  try: b.shutdown(1)
  except OSError: pass
def serve(c):
  h = b''
  while b'\\r\\n\\r\\n' not in h: h += c.recv(4096)
  log.write(h.split(b'\\r\\n')[0].decode() + '\\n')
  m, t, _ = h.split(b'\\r\\n')[0].split()
  host = t.decode() if m == b'CONNECT' else t.decode().split('/')[2] + ':80'
  try: s = socket.create_connection(('203.0.113.10', int(host.rsplit(':')[-1])))
  except Exception as e: c.close(); return
  if m == b'CONNECT': c.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n')
  else: s.sendall(h.replace(b'http://' + t.split(b'/')[2], b'', 1))
  threading.Thread(target=pump, args=(c, s), daemon=True).start(); pump(s, c)
l = socket.create_server(('127.0.0.1', 3128)); print('ready', flush=True)
while True: threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
`;

test("the user's own proxy is chained, with the guard and without", { skip }, async () => {
  const log = join(bed.folder, 'upstream.txt');
  const upstream = spawn('ip', ['netns', 'exec', bed.inside, '/usr/bin/python3', '-c', UPSTREAM, log], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await ready(upstream);
    const env = { HTTPS_PROXY: 'http://127.0.0.1:3128', https_proxy: 'http://127.0.0.1:3128', http_proxy: 'http://127.0.0.1:3128' };
    const script = 'curl -sS -m 5 https://allowed.test/; curl -sS -m 5 http://also.test/; curl -sS -m 5 https://denied.test/; curl -sS -m 5 -o /dev/null -w "%{http_code}\\n" http://denied.test/';
    for (const options of [[], WITHOUT.options]) {
      const { out, err } = bed.governed(script, { env, options });
      assert.match(out, /SERVED https GET allowed\.test[\s\S]*SERVED http GET also\.test[\s\S]*403/, err);
      assert.match(err, /response 403|access denied|denied network_request/);
    }
    const asked = readFileSync(log, 'utf8');
    assert.match(asked, /CONNECT allowed\.test:443[\s\S]*(?:GET http:\/\/also\.test\/|CONNECT also\.test:80)/);
    assert.doesNotMatch(asked, /denied/);
  } finally {
    upstream.kill('SIGKILL');
  }
});

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error('it ended')));
  });
}

test('another user of the machine does not get through the relay, with its secret or without', { skip }, async () => {
  const { out } = bed.governed('echo "$HTTP_PROXY"; setpriv --reuid=65534 --clear-groups /usr/bin/curl -sS -m 5 -x "$HTTP_PROXY" http://allowed.test/ 2>&1', WITHOUT);
  assert.match(out, /^http:\/\/patchwork:\S+@127\.0\.0\.1:\d+\n/);
  assert.doesNotMatch(out, /SERVED/);
});

test('the relay of a guarded session serves nobody who knows no secret', { skip }, () => {
  const script = `for port in $(awk '$4 == "0A" && $2 ~ /^0100007F/ { split($2, a, ":"); print a[2] }' /proc/net/tcp); do curl -sS -m 3 -x "http://127.0.0.1:$((16#$port))" http://denied.test/ 2>&1; curl -sS -m 3 -x "http://127.0.0.1:$((16#$port))" http://allowed.test/ 2>&1; ( printf 'PATCHWORK/1 x 1 203.0.113.66 80\\nGET / HTTP/1.1\\r\\nHost: denied.test\\r\\n\\r\\n' > /dev/tcp/127.0.0.1/$((16#$port)) ); done 2>&1; echo tried`;
  const { out } = bed.governed(script);
  assert.match(out, /serves its own session[\s\S]*tried/);
  assert.doesNotMatch(out, /SERVED/);
});

const CROWD = `
import socket, resource, time, sys
n = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_NOFILE, (n + 100, max(n + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
A = socket.getaddrinfo('allowed.test', 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
held, failed = [], 0
for i in range(n):
  try:
    s = socket.socket(); s.settimeout(20); s.connect((A, 80)); s.sendall(b'GET / HTTP/1.1\\r\\nHost: allowed.test\\r\\nX-Slow: '); held.append(s)
  except OSError: failed += 1
print('held', len(held), 'failed', failed, flush=True)
time.sleep(2)
s = socket.create_connection((A, 80), 20); s.settimeout(20); s.sendall(b'GET /meanwhile HTTP/1.1\\r\\nHost: allowed.test\\r\\nConnection: close\\r\\n\\r\\n')
d = b''
while True:
  p = s.recv(4096)
  if not p: break
  d += p
print(d.decode(), flush=True)
`;

test('five thousand slow clients: others keep working, memory stays bounded', { skip }, async () => {
  const script = `/usr/bin/python3 - 5000 <<'END'\n${CROWD}\nEND\nsession=$(awk '/^PPid/ {print $2}' /proc/$PPID/status); awk '/^VmHWM/ {print "memory", $2}' /proc/$session/status`;
  const { out, err } = bed.governed(script, { timeoutMs: 120_000 });
  assert.match(out, /SERVED http GET allowed\.test \/meanwhile/, `${out}\n${err}`);
  const memory = Number(/memory (\d+)/.exec(out)?.[1]);
  assert.ok(memory > 0 && memory < 700 * 1024, `${memory} KiB`);
});
