/** Events reach real collectors on real sockets: file, syslog, HTTP and OTLP; and none of it holds up or ends a session. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { spawn } from 'node:child_process';
import type { AuditEvent } from '../../src/audit/event.ts';
import { parseConfig } from '../../src/shipping/config.ts';
import { Lane, RefusedError } from '../../src/shipping/lane.ts';
import { until } from '../support/live-session.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('shipping');
});
after(() => sandbox.remove());

const FILE = '/h/config.yml';

/** A text, and what is said of it. */
const BAD: readonly (readonly [string, RegExp])[] = [
  ['', /config\.yml:1:1: the file is empty/], ['version: 2', /config\.yml:1:10: `version` must be 1/], ['version: 1\nshiping: {}', /config\.yml:2:1: unknown key `shiping`/], ['version: 1\nshipping: 3', /:2:11: `shipping` must be a map/], ['version: 1\nshipping:\n  to: x', /:3:7: `shipping.to` must be a list/],
  ['version: 1\nshipping:\n  to:\n    - type: kafka', /:4:13: `type` is none of its values/], ['version: 1\nshipping:\n  to:\n    - type: file', /`path` is missing/], ['version: 1\nshipping:\n  to:\n    - type: file\n      path: /x\n      url: y', /:6:7: unknown key `url`/], ['version: 1\nshipping:\n  to:\n    - type: http\n      url: ftp://x', /:5:12: `url` is "ftp:\/\/x"/],
  ['version: 1\nshipping:\n  to:\n    - type: otlp\n      url: http://x\n      headers: {A: "${NOT_SET}"}', /:6:20: the variable NOT_SET is not set/], ['version: 1\nshipping:\n  to:\n    - type: syslog\n      address: /dev/log', /udp|`address`/], ['version: 1\nshipping:\n  queue: 0\n  to: []', /:3:10: `queue` must be a whole number/], ['version: 1\nversion: 1', /:2:1: /], ['a: [', /config\.yml:\d+:\d+: /],
  ['version: 1\nshipping:\n  to:\n    - type: http\n      url: http://x\n      headers: {"A B": "x"}', /is no header/],
];
for (const [text, said] of BAD) test(`refused with its place: ${text.replaceAll('\n', '⏎').slice(0, 80)}`, () => assert.throws(() => parseConfig(text, FILE, {}), { code: 'PW_CONFIG_INVALID', message: said }));

test('a configuration that says everything is read', () => {
  const text = 'version: 1\nshipping:\n  queue: 5\n  to:\n    - {type: file, path: /l, max_bytes: 5000, max_files: 2, risk: high, status: denied}\n    - {type: syslog, address: "tcp://[::1]:6514", facility: auth}\n    - {type: otlp, url: "http://c:4318/v1/logs", headers: {Authorization: "Bearer ${T}"}}\n';
  assert.deepEqual(parseConfig(text, FILE, { T: 's' }), {
    queue: 5,
    shipments: [{ type: 'file', path: '/l', maxBytes: 5000, maxFiles: 2, risk: 'high', status: 'denied' }, { type: 'syslog', protocol: 'tcp', host: '::1', port: 6514, facility: 4, risk: 'none', status: 'all' }, { type: 'otlp', url: 'http://c:4318/v1/logs', headers: { Authorization: 'Bearer s' }, risk: 'none', status: 'all' }],
  });
});

test('a broken configuration stops the start, with its place', () => {
  sandbox.write(join(sandbox.home, '.patchwork', 'config.yml'), 'version: 1\nshipping: []\n');
  const { status, stderr } = sandbox.run(['run', '-q', 'true']);
  assert.equal(status, 78, stderr);
  assert.match(stderr, /config\.yml:2:11: .*\n {2}shipping: \[\]/);
});

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function collector(answer: (count: number) => number): Promise<{ url: string; received: Received[]; close: () => void }> {
  const received: Received[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
      const status = answer(count++);
      if (status === 200) received.push({ headers: request.headers, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await listening(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, close: () => server.close() };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

/** Without blocking: the collectors live in this process. */
function session(config: string, ...command: string[]): Promise<{ status: number | null; stderr: string; took: number }> {
  sandbox.write(join(sandbox.home, '.patchwork', 'config.yml'), config);
  const begun = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'run', '-q', ...command], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home, { TOKEN: 'sesame' }), stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stderr, took: performance.now() - begun })));
}

test('one session reaches a file, syslog over UDP and TCP, HTTP and OTLP, each event once and as it stands in the log', { timeout: 60_000 }, async () => {
  const http = await collector((count) => (count === 0 ? 503 : 200));
  const otlp = await collector(() => 200);
  let tcpText = '';
  const tcp = createTcp((socket) => socket.setEncoding('utf8').on('data', (text: string) => (tcpText += text)));
  await listening(tcp);
  const datagrams: string[] = [];
  const udp = createSocket('udp4').on('message', (bytes) => datagrams.push(bytes.toString()));
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', () => resolve()));
  const shipped = join(sandbox.home, 'shipped', 'events.jsonl');
  const config = `version: 1\nshipping:\n  to:\n    - {type: file, path: "${shipped}"}\n    - {type: syslog, address: "udp://127.0.0.1:${udp.address().port}", status: denied}\n    - {type: syslog, address: "tcp://127.0.0.1:${(tcp.address() as AddressInfo).port}", facility: local3}\n    - {type: http, url: "${http.url}/in", headers: {Authorization: "Bearer \${TOKEN}"}}\n    - {type: otlp, url: "${otlp.url}/v1/logs"}\n`;
  sandbox.write('work.sh', 'expr 1 + 1\ncat "$HOME/.patchwork/config.yml"\nexpr 2 + 2\nexit 0\n');
  const { status, stderr } = await session(config, 'bash', './work.sh');
  assert.deepEqual([status, stderr.includes('could not be shipped')], [0, false], stderr);
  const lines = sandbox.events().map((event) => event.id);
  const events = sandbox.events();
  const ids = (text: string): string[] => text.trimEnd().split('\n').map((line) => (JSON.parse(line) as AuditEvent).id);
  assert.deepEqual(ids(readFileSync(shipped, 'utf8')), lines);
  assert.deepEqual(ids(http.received.map(({ body }) => body).join('')), lines);
  assert.equal(http.received[0]?.headers.authorization, 'Bearer sesame');
  const records = otlp.received.flatMap(({ body }) => (JSON.parse(body) as { resourceLogs: { scopeLogs: { logRecords: { attributes: { key: string; value: { stringValue?: string } }[]; severityNumber: number; timeUnixNano: string }[] }[] }[] }).resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)));
  assert.deepEqual(records.map(({ attributes }) => attributes.find(({ key }) => key === 'patchwork.event.id')?.value.stringValue), lines);
  assert.equal(records[0]?.timeUnixNano, `${Date.parse(events[0]?.timestamp ?? '')}000000`);
  // Octet counting: as many messages as events, each of the length that stands before it.
  await until(() => tcpText.includes('session_end'), 'syslog has the end');
  const messages: string[] = [];
  for (let rest = Buffer.from(tcpText); rest.length > 0; ) {
    const blank = rest.indexOf(32);
    const length = Number(rest.toString('latin1', 0, blank));
    assert.ok(blank > 0 && length > 0, rest.toString('utf8', 0, 80));
    messages.push(rest.toString('utf8', blank + 1, blank + 1 + length));
    rest = rest.subarray(blank + 1 + length);
  }
  assert.deepEqual(messages.map((message) => (JSON.parse(message.slice(message.indexOf('{'))) as AuditEvent).id), lines);
  for (const message of messages) assert.match(message, /^<(?:15[0-9])>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ patchwork \d+ \w+ - \{/);
  assert.equal(datagrams.length, events.filter((event) => event.status === 'denied').length);
  assert.ok(datagrams.length > 0, 'the configuration, which holds keys, is not read from inside');
  for (const close of [() => tcp.close(), () => udp.close(), http.close, otlp.close]) close();
});

test('a collector that is not there holds up nothing, and what was not shipped is said', { timeout: 60_000 }, async () => {
  const { status, stderr, took } = await session('version: 1\nshipping:\n  to:\n    - {type: http, url: "http://127.0.0.1:9/"}\n', 'bash', '-c', 'expr 1; exit 0');
  assert.equal(status, 0);
  assert.match(stderr, /\d+ of \d+ events could not be shipped to http:\/\/127\.0\.0\.1:9\/: .*ECONNREFUSED/);
  assert.ok(took < 30_000);
});

test('a collector that takes everything and never answers holds up nothing, and what it was not sent is said', { timeout: 60_000 }, async () => {
  const silent = createTcp((socket) => socket.resume());
  await listening(silent);
  const { port } = silent.address() as AddressInfo;
  const { status, stderr, took } = await session(`version: 1\nshipping:\n  queue: 20\n  to:\n    - {type: http, url: "http://127.0.0.1:${port}/"}\n    - {type: otlp, url: "http://127.0.0.1:${port}/v1/logs"}\n`, 'bash', '-c', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do expr $i + 1; done; exit 0');
  silent.close();
  assert.equal(status, 0);
  // All of them: none was said to have arrived, whether it waited, found the queue full, or was not even handed over.
  const early = Number(/(\d+) events were not shipped anywhere/.exec(stderr)?.[1] ?? 0);
  for (const path of ['/', '/v1/logs']) {
    const [, lost] = new RegExp(`(\\d+) of \\1 events could not be shipped to http://127\\.0\\.0\\.1:${port}${path}[;:]`).exec(stderr) ?? [];
    assert.ok(Number(lost) > 0 && Number(lost) + early >= 30 && Number(lost) + early < 40, stderr);
  }
  assert.ok(took < 20_000, `${took} ms`);
});

const event = { id: 'x', status: 'completed', risk: { level: 'none', flags: [] } } as unknown as AuditEvent;

test('a full queue drops what comes last, and counts it; a refusal is not tried again; a failure is', async (context) => {
  // The lane itself keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  context.after(() => clearInterval(alive));
  let tries = 0;
  const full = new Lane({ name: 'x', send: () => new Promise(() => {}), close: async () => {} }, 10, () => true);
  for (let i = 0; i < 25; i++) full.add({ event, line: '' });
  const { dropped, waiting } = await full.close(20);
  assert.deepEqual([dropped, waiting], [15, 10]);
  const refusing = new Lane({ name: 'x', send: async () => { tries++; throw new RefusedError('no'); }, close: async () => {} }, 10, () => true);
  refusing.add({ event, line: '' });
  const refused = await refusing.close(1000);
  assert.deepEqual([tries, refused.dropped, refused.lastError], [1, 1, 'no']);
  const failing = new Lane({ name: 'x', send: async (events) => { if (++tries < 3) throw new Error('later'); return events.length - 1; }, close: async () => {} }, 10, ({ id }) => id === 'x');
  failing.add({ event, line: '' });
  failing.add({ event, line: '' });
  failing.add({ event: { ...event, id: 'y' }, line: '' });
  const report = await failing.close(3000);
  assert.deepEqual([tries, report.sent, report.dropped, report.waiting], [3, 1, 1, 0]);
});
