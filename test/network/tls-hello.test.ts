/** Client hellos: real ones, cut ones, crafted ones, and any bytes at all. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { readTlsHello } from '../../src/network/tls-hello.ts';

/** What Node's own TLS sends first. */
async function realHello(options: object): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  const client = connect({ host: '127.0.0.1', port: address.port, rejectUnauthorized: false, ...options }).on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

const vector = (size: 1 | 2, body: Buffer): Buffer => Buffer.concat([Buffer.from(size === 1 ? [body.length] : [body.length >> 8, body.length & 255]), body]);
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type >> 8, type & 255]), vector(2, body)]);
const serverName = (...names: string[]): Buffer => extension(0, vector(2, Buffer.concat(names.map((name) => Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name, 'latin1'))])))));

function hello(extensions: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32, 7), vector(1, Buffer.alloc(32)), vector(2, Buffer.from([0x13, 1, 0x0a, 0x0a])), vector(1, Buffer.from([0])), vector(2, Buffer.concat(extensions))]);
  return Buffer.concat([Buffer.from([1, body.length >> 16, (body.length >> 8) & 255, body.length & 255]), body]);
}

function records(handshake: Buffer, size = 16_384): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < handshake.length; at += size) pieces.push(Buffer.concat([Buffer.from([22, 3, 1]), vector(2, handshake.subarray(at, at + size))]));
  return Buffer.concat(pieces);
}

const GREASE = extension(0x2a2a, Buffer.from([0]));
const ALPN = extension(16, vector(2, Buffer.concat([vector(1, Buffer.from('h2')), vector(1, Buffer.from('http/1.1'))])));
const PADDING = extension(21, Buffer.alloc(3000));

test('the hello of a real client: its name, its protocols', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const read = readTlsHello(await realHello({ servername: 'Registry.NPMjs.org', ALPNProtocols: ['h2', 'http/1.1'], maxVersion: version }));
    assert.deepEqual(read, { kind: 'hello', name: 'registry.npmjs.org', hasEch: false, protocols: ['h2', 'http/1.1'] });
  }
});

test('a client that names no server', async () => {
  const read = readTlsHello(await realHello({}));
  assert.equal(read.kind === 'hello' && read.name, undefined);
});

test('every prefix of a hello asks for more, the whole is read, whatever follows', () => {
  const whole = records(hello([GREASE, serverName('a.test'), ALPN, PADDING]));
  for (let length = 1; length < whole.length; length++) assert.equal(readTlsHello(whole.subarray(0, length)).kind, 'more', `${length}`);
  for (const more of [Buffer.alloc(0), Buffer.from('anything'), whole]) {
    const read = readTlsHello(Buffer.concat([whole, more]));
    assert.deepEqual(read, { kind: 'hello', name: 'a.test', hasEch: false, protocols: ['h2', 'http/1.1'] });
  }
});

test('a hello over several records, also cut inside its first bytes', () => {
  const handshake = hello([serverName('cut.test'), GREASE, PADDING]);
  for (const size of [60, 100, 517, 4000]) assert.deepEqual(readTlsHello(records(handshake, size)), { kind: 'hello', name: 'cut.test', hasEch: false, protocols: [] }, `${size}`);
  const first = Buffer.concat([records(handshake.subarray(0, 2)), records(handshake.subarray(2))]);
  assert.equal(readTlsHello(first).kind, 'hello');
  assert.equal(readTlsHello(records(handshake, 1)).kind, 'broken');
});

test('Encrypted ClientHello is seen, real or GREASE, in its final and its draft forms', () => {
  for (const type of [0xfe0d, 0xff02, 0xff08, 0xffce]) {
    const read = readTlsHello(records(hello([serverName('front.test'), extension(type, Buffer.alloc(64))])));
    assert.equal(read.kind === 'hello' && read.hasEch, true);
  }
});

const BROKEN: readonly (readonly [string, Buffer])[] = [
  ['two names', records(hello([serverName('a.test', 'b.test')]))],
  ['the extension twice', records(hello([serverName('a.test'), serverName('b.test')]))],
  ['a NUL in the name', records(hello([serverName('a.test\0.b.test')]))],
  ['a blank in the name', records(hello([serverName('a.test b')]))],
  ['a slash in the name', records(hello([serverName('a.test/b')]))],
  ['a percent sign in the name', records(hello([serverName('a%2etest')]))],
  ['a port in the name', records(hello([serverName('a.test:443')]))],
  ['an empty name', records(hello([serverName('')]))],
  ['a very long name', records(hello([serverName('a'.repeat(300))]))],
  ['bytes after the extensions', records(Buffer.concat([hello([]).subarray(0, 1), Buffer.from([0, 0, hello([]).length - 4 + 1]), hello([]).subarray(4), Buffer.from([0])]))],
  ['another message in front', records(Buffer.concat([Buffer.from([2, 0, 0, 4, 1, 2, 3, 4]), hello([serverName('a.test')])]))],
  ['an alert between two pieces', Buffer.concat([records(hello([serverName('a.test')])).subarray(0, 20), Buffer.from([21, 3, 3, 0, 2, 1, 0])])],
  ['an empty record', Buffer.concat([Buffer.from([22, 3, 1, 0, 0]), records(hello([serverName('a.test')]))])],
  ['an alert before it', Buffer.concat([Buffer.from([21, 3, 1, 0, 2, 1, 90]), records(hello([serverName('a.test')]))])],
  ['empty records of another kind before it', Buffer.concat([Buffer.from([20, 3, 1, 0, 0, 20, 3, 1, 0, 0]), records(hello([serverName('a.test')]))])],
  ...[0, 1, 2, 4, 15].map((major): [string, Buffer] => [`records of version ${major}`, Buffer.concat([Buffer.from([22, major]), records(hello([serverName('a.test')])).subarray(2)])]),
  ['a hello of a megabyte', Buffer.from([22, 3, 1, 64, 0, 1, 16, 0, 0])],
  ['an extension that is longer than the hello', records(hello([Buffer.from([0, 0, 255, 255, 0])]))],
];
for (const [what, bytes] of BROKEN) test(`not passed on: ${what}`, () => {
  const { kind } = readTlsHello(what.startsWith('an alert between') ? Buffer.concat([bytes, Buffer.alloc(600)]) : bytes);
  assert.equal(kind, 'broken');
});

test('other protocols are none of TLS', () => {
  for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0-x\r\n', '\x05\x01\x00', '\x80\x2e\x01\x03\x01', '\x16\x01\x00\x00\x04\x0b', '\x15\x00\x00\x00\x68\x65', '\x15\x20', '\x17\x03\x03\x00\x05']) assert.equal(readTlsHello(Buffer.from(text, 'latin1')).kind, 'none', JSON.stringify(text));
});

test('any bytes are read without an error, within bounds', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => typeof readTlsHello(Buffer.concat([Buffer.from([22, 3, 1]), bytes])).kind === 'string'), { numRuns: 2000 });
  const whole = records(hello([GREASE, serverName('a.test'), ALPN]));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const changed = Buffer.from(whole);
      changed[at] = value;
      const read = readTlsHello(changed);
      // Whatever the change, a name that is read is one that can be judged.
      return read.kind !== 'hello' || read.name === undefined || /^[a-z0-9_.-]+$/.test(read.name);
    }),
    { numRuns: 3000 },
  );
});
