/** Permitted hosts, by many programs: what comes out is what comes out without Patchwork. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { runBatch } from './support/batch.ts';
import { type Bed, createBed, type Outcome, whyNoBed } from './support/bed.ts';
import { BANNER_PORT, ECHO_PORT, LENIENT_PORT, UDP_PORT } from './support/world.ts';

const skip = (await whyNoGuard()) ?? whyNoBed() ?? false;
const has = (program: string): boolean => spawnSync('bash', ['-c', `command -v ${program}`]).status === 0;
const programs = mkdtempSync(join(tmpdir(), 'pw-clients-'));
/** The system's own, not one that a version manager puts in front. */
const PY = '/usr/bin/python3';
const hasModule = (name: string): boolean => spawnSync(PY, ['-c', `import ${name}`]).status === 0;

type Row = readonly [id: string, script: string, why?: string | false];
const need = (isThere: boolean, what: string): string | false => (isThere ? false : `${what} is not installed`);

const GO = 'package main\nimport ("fmt"; "io"; "net/http"; "os")\nfunc main() { r, e := http.Get(os.Args[1]); if e != nil { fmt.Println(e); os.Exit(1) }; b, _ := io.ReadAll(r.Body); fmt.Print(string(b)) }\n';
const RUST = 'use std::io::{Read, Write};\nfn main() { let a = std::env::args().nth(1).unwrap(); match std::net::TcpStream::connect(&a) { Err(e) => { println!("{e}"); std::process::exit(1) } Ok(mut s) => { s.write_all(b"GET /rust HTTP/1.0\\r\\nHost: allowed.test\\r\\n\\r\\n").unwrap(); let mut t = String::new(); s.read_to_string(&mut t).unwrap(); print!("{}", t.lines().last().unwrap()) } } }\n';

/** Why it cannot be built, or false. */
function build(name: string, text: string, command: readonly string[]): string | false {
  const [file = '', ...args] = command;
  if (!has(file)) return `${file} is not installed`;
  mkdirSync(join(programs, name), { recursive: true });
  writeFileSync(join(programs, name, name === 'go' ? 'main.go' : 'main.rs'), text);
  const { status, stderr } = spawnSync(file, args, { cwd: join(programs, name), encoding: 'utf8', env: { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off' }, timeout: 120_000 });
  return status === 0 ? false : `it cannot be built here: ${stderr.slice(0, 200)}`;
}

const noGo = skip === false && build('go', GO, ['go', 'build', '-o', 'client', 'main.go']);
const noRust = skip === false && build('rust', RUST, ['rustc', '-C', 'target-feature=+crt-static', '-o', 'client', 'main.rs']);

const CHROMIUM = 'timeout 40 chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --no-first-run --ignore-certificate-errors --user-data-dir=$PWD/profile --dump-dom';
const node = (script: string): string => `node -e '${script}'`;
const plainNode = (script: string): string => `NODE_OPTIONS= node -e '${script}'`;
const python = (script: string): string => `${PY} - <<'END'\n${script}\nEND`;

const ROWS: readonly Row[] = [
  ['curl-https', 'curl -sS https://allowed.test/a https://allowed.test/b https://also.test/c'],
  ['curl-https1', 'curl -sS --http1.1 https://allowed.test/a https://allowed.test/b'],
  ['curl-http', 'curl -sS http://allowed.test/1 http://allowed.test/2 http://allowed.test/chunked http://allowed.test/4'],
  ['curl-four', 'curl -sS4 https://allowed.test/'],
  ['curl-six', 'curl -sS6 https://allowed.test/; curl -sS http://six.test/'],
  ['curl-wild', 'curl -sS https://a.wild.test/; curl -sS http://b.wild.test/'],
  ['curl-upload', 'head -c 3000000 /dev/zero > zeros; curl -sS -T - http://allowed.test/up < zeros; curl -sS --data-binary @zeros http://allowed.test/up; curl -sS --data-binary @zeros https://allowed.test/up'],
  ['curl-continue', 'curl -sS -H "Expect: 100-continue" -d hello http://allowed.test/e'],
  ['curl-head', 'curl -sSI http://allowed.test/ | head -1; curl -sS http://allowed.test/after'],
  ['curl-big', 'curl -sS http://allowed.test/bytes/30000000 | sha1sum; curl -sS https://allowed.test/bytes/30000000 | sha1sum'],
  ['curl-port', 'curl -sS https://port.test/'],
  ['curl-range', 'curl -sS http://corp.test/'],
  ['curl-mixed', 'curl -sS http://mixed.test/'],
  ['curl-refused', 'curl -s -m 5 http://allowed.test:81/; echo $?'],
  ['curl-hostile-proxies', 'http_proxy=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY="*" no_proxy="*" curl -sS https://allowed.test/', need(has('curl'), 'curl')],
  ['wget', 'wget -q --ca-certificate="$CA" -O - https://allowed.test/w', need(has('wget'), 'wget')],
  ['git-https', 'git clone -q https://allowed.test/repo.git r && cat r/file'],
  ['git-ssh', 'GIT_SSH_COMMAND="ssh -i $KEY -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o GSSAPIAuthentication=no" git clone -q "ssh://root@allowed.test$REPO" r && cat r/file', need(existsSync('/usr/sbin/sshd') && has('ssh'), 'sshd')],
  ['npm-https', 'echo "{}" > package.json; npm install --cafile "$CA" --cache ./cache --registry https://allowed.test --no-audit --no-fund --silent tiny-package && node -p "require(\'tiny-package\')"'],
  ['npm-http', 'echo "{}" > package.json; npm install --cache ./cache --registry http://allowed.test --no-audit --no-fund --silent tiny-package && node -p "require(\'tiny-package\')"'],
  ['pip', `${PY} -m pip install -q --disable-pip-version-check --no-cache-dir --target t --index-url https://allowed.test/simple --cert "$CA" tiny-wheel 2>/dev/null; PYTHONPATH=t ${PY} -c "import tiny_wheel; print(tiny_wheel.word)"`, need(hasModule('pip'), 'pip')],
  ['node-fetch', node('fetch("https://allowed.test/n").then((r) => r.text()).then(console.log)')],
  ['node-https', node('require("https").get("https://allowed.test/h", (r) => r.pipe(process.stdout))')],
  ['node-agent', node('const http = require("http"); const agent = new http.Agent({ keepAlive: true }); let n = 0; const go = () => http.get({ host: "allowed.test", path: "/k" + n, agent }, (r) => { r.pipe(process.stdout, { end: false }); r.on("end", () => (++n < 5 ? setTimeout(go, 20) : agent.destroy())); }); go()')],
  ['node-http2', node('const c = require("http2").connect("https://allowed.test"); const r = c.request({ ":path": "/h2" }); r.setEncoding("utf8"); r.on("data", console.log); r.on("end", () => c.close()); r.end()')],
  ['node-resolve', node('const d = require("dns").promises; (async () => console.log(await d.resolve4("allowed.test"), await d.resolve6("allowed.test"), await d.resolveMx("allowed.test"), (await d.resolveTxt("allowed.test")).length, (await d.lookup("six.test")).address))()')],
  ['node-address', node('require("dns").lookup("allowed.test", { family: 4 }, (e, address) => require("net").connect(80, address, function () { console.log(this.remoteAddress); this.write("GET /by-address HTTP/1.0\\r\\nHost: allowed.test\\r\\n\\r\\n"); }).on("data", (data) => console.log(String(data).split("\\n").at(-2))))')],
  ['node-address-datagram', node(`require("dns").resolve4("udp.test", (e, [address]) => { const s = require("dgram").createSocket("udp4"); s.on("message", (m, from) => { console.log(String(m), from.address); s.close(); }); s.send("hi", ${UDP_PORT}, address); })`)],
  ['node-bare', plainNode('fetch("https://allowed.test/n").then((r) => r.text()).then(console.log)')],
  ['python-urllib', python('import urllib.request\nfor u in ("https://allowed.test/u", "http://allowed.test/u"): print(urllib.request.urlopen(u).read())')],
  ['python-requests', python('import requests\ns = requests.Session()\nfor i in range(3): print(s.get(f"https://allowed.test/{i}").text, s.get(f"http://allowed.test/{i}").text)'), need(hasModule('requests'), 'python3-requests')],
  ['python-asyncio', python('import asyncio, ssl\nasync def go(i):\n  r, w = await asyncio.open_connection("allowed.test", 443, ssl=ssl.create_default_context())\n  w.write(b"GET /%d HTTP/1.0\\r\\n\\r\\n" % i)\n  return (await r.read()).split(b"\\n")[-2]\nasync def all(): print(await asyncio.gather(*map(go, range(20))))\nasyncio.run(all())')],
  ['python-websocket', python('import asyncio, aiohttp\nasync def go():\n  async with aiohttp.ClientSession() as s:\n    for u in ("http://allowed.test/ws", "https://allowed.test/ws"):\n      async with s.ws_connect(u) as w: print((await w.receive()).data)\nasyncio.run(go())'), need(hasModule('aiohttp'), 'python3-aiohttp')],
  ['half-close', python(`import socket\ns = socket.create_connection(("allowed.test", ${ECHO_PORT})); s.sendall(b"x" * 1000000); s.shutdown(1)\nn = 0\nwhile True:\n  d = s.recv(65536)\n  if not d: break\n  n += len(d)\nprint(n)`)],
  // At a port of its own, by a client that has been connected for a while: the host has kept silent, too.
  ...([['late-chunks', 'CHUNKS'], ['late-then-chunks', 'GET + CHUNKS'], ['late-upgrade', 'UPGRADE']] as const).map(([id, what]): Row => [id, python(`import socket, time\nGET = b"GET / HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n"; CHUNKS = b"POST / HTTP/1.1\\r\\nHost: allowed.test\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n"; UPGRADE = GET[:-2] + b"Connection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n"\ns = socket.create_connection(("allowed.test", ${LENIENT_PORT})); s.settimeout(2); time.sleep(0.6); s.sendall(${what}); d = b""\ntry:\n  for p in iter(lambda: s.recv(4096), b""): d += p\nexcept OSError: pass\nprint(d)`)]),
  // Words without an end, which could become a request.
  ['short-word', python(`import socket\nfor w in (b"x", b"ping", b"hello world", b"0\\x0c\\x02\\x01\\x01"):\n  s = socket.create_connection(("allowed.test", ${BANNER_PORT})); s.settimeout(3); s.sendall(w); print(b"".join(iter(lambda: s.recv(99), b"")))`)],
  ['request-in-pauses', python(`import socket, time\ns = socket.create_connection(("allowed.test", ${LENIENT_PORT})); s.settimeout(3)\nfor p in (b"G", b"ET", b" ", b"/ HTTP/1.1\\r\\nHost: allo", b"wed.test\\r\\n\\r\\nGET /2 HTTP/1.1\\r\\nHost: allowed.test\\r\\n\\r\\n"): s.sendall(p); time.sleep(0.5)\nprint(s.recv(4096))`)],
  ['server-first', `exec 3<>/dev/tcp/allowed.test/${BANNER_PORT}; head -1 <&3; echo hi >&3; cat <&3`],
  ['nonblocking', python('import socket, select, errno\ns = socket.socket(); s.setblocking(0); print(errno.errorcode[s.connect_ex(("allowed.test", 443))]); select.select([], [s], [], 3); print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), s.getpeername())')],
  ['datagram', python(`import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.sendto(b"hi", ("udp.test", ${UDP_PORT})); print(s.recvfrom(100))\nc = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.settimeout(3); c.connect(("udp.test", ${UDP_PORT})); c.send(b"ho"); print(c.recv(100))`)],
  ['own-server', python('import socket, threading\ns = socket.create_server(("127.0.0.1", 0))\nthreading.Thread(target=lambda: s.accept()[0].sendall(b"own"), daemon=True).start()\nprint(socket.create_connection(s.getsockname()).recv(10))')],
  ['go', `${programs}/go/client https://allowed.test/go; ${programs}/go/client http://allowed.test/go`, noGo],
  ['rust', `${programs}/rust/client allowed.test:80`, noRust],
  ['chromium', `${CHROMIUM} https://also.test/chromium 2>/dev/null | grep -o 'SERVED.*body'; ${CHROMIUM} https://six.test/ 2>/dev/null | grep -c SERVED`, need(has('chromium'), 'chromium')],
  ['many', 'for i in $(seq 100); do echo "url = https://allowed.test/$i"; echo "output = /dev/null"; done > list; curl -s --http1.1 --parallel --parallel-immediate --parallel-max 100 -K list >/dev/null 2>&1; echo $?'],
];

let bed: Bed;
let results: Record<'bare' | 'governed', ReadonlyMap<string, Outcome>>;
const rows = ROWS.filter(([, , why]) => why === undefined || why === false).map(([id, script]) => ({ id, script }));
before(async () => {
  if (skip !== false) return;
  bed = await createBed('permitted');
  const env = bed.variables;
  results = { bare: runBatch(bed, 'bare', rows, { env }).rows, governed: new Map() };
  results.governed = runBatch(bed, 'governed', rows, { env }).rows;
});
after(() => {
  bed?.close();
  rmSync(programs, { recursive: true, force: true });
});

for (const [id, , why] of ROWS) {
  test(`the same with and without: ${id}`, { skip: skip === false ? (why ?? false) : skip }, () => {
    const [bare, governed] = [results.bare.get(id), results.governed.get(id)];
    assert.match(bare?.out ?? '', /\S/, 'it works without Patchwork');
    assert.deepEqual([governed?.out.replace(/Date: .*/g, ''), governed?.status], [bare?.out.replace(/Date: .*/g, ''), bare?.status]);
  });
}

test('each connection is on record with its name, address, port and rule', { skip }, () => {
  const events = bed.sandbox.events().filter((event) => event.action === 'network_request' && event.status === 'completed' && event.target.host === 'allowed.test');
  assert.ok(events.some(({ target, decision }) => target.port === 443 && target.address !== undefined && decision.rule === 'network.allow: allowed.test'));
  assert.ok(events.some(({ target }) => target.url === 'http://allowed.test/chunked'));
  // Browsers call their makers.
  const denied = bed.sandbox.events().filter((event) => event.action === 'network_request' && event.status === 'denied' && event.process.exe?.includes('chromium') !== true);
  assert.deepEqual(denied.map(({ target }) => target), []);
});
