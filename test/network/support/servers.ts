/** The world outside, in a network namespace of its own: name server, web servers, a registry, a few that speak other protocols. */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { serveLeniently } from './lenient.ts';
import { ADDRESSES, BANNER_PORT, ECHO_PORT, LENIENT_PORT, SINK_PORT, UDP_PORT } from './world.ts';

const folder = process.argv[2] ?? '';
const log = (what: string): void => appendFileSync(join(folder, 'seen.txt'), `${what}\n`);
const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 65: 'HTTPS', 15: 'MX', 16: 'TXT', 12: 'PTR' };

/* ---- names ---- */
/** What is no question gets an empty answer. */
function answer(query: Buffer): Buffer {
  try {
    return answerTo(query);
  } catch {
    log(`dns garbage ${query.toString('latin1')}`);
    return Buffer.alloc(12);
  }
}

function answerTo(query: Buffer): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size).toLowerCase());
    at += size + 1;
  }
  const type = TYPES[query.readUInt16BE(at + 1)] ?? 'other';
  const name = labels.join('.');
  log(`dns ${type} ${name}`);
  const known = ADDRESSES[name] ?? (name.endsWith('.wild.test') ? ADDRESSES['wild.test'] : undefined);
  const records: Buffer[] = [];
  const add = (number: number, data: Buffer): void => {
    const fixed = Buffer.from([0xc0, 12, number >> 8, number & 255, 0, 1, 0, 0, 0, 30, data.length >> 8, data.length & 255]);
    records.push(Buffer.concat([fixed, data]));
  };
  for (const address of known ?? []) {
    if (type === 'A' && !address.includes(':')) add(1, Buffer.from(address.split('.').map(Number)));
    if (type === 'AAAA' && address.includes(':')) add(28, bytesOf(address));
  }
  // The keys for ECH are none that a browser takes: also.test is for those that would try.
  if (type === 'HTTPS' && known !== undefined) add(65, Buffer.from([0, 1, 0, 0, 1, 0, 3, 2, 0x68, 0x32, ...(name === 'also.test' ? [] : [0, 5, 0, 4, 1, 2, 3, 4])]));
  if (type === 'MX' && known !== undefined) add(15, Buffer.concat([Buffer.from([0, 10, 4]), Buffer.from('mail'), Buffer.from([0xc0, 12])]));
  if (type === 'TXT' && known !== undefined) for (let i = 0; i < 30; i++) add(16, Buffer.concat([Buffer.from([100]), Buffer.from(`${i} `.padEnd(100, 'x'))]));
  const header = Buffer.from(query.subarray(0, 12));
  header[2] = 0x81;
  header[3] = known === undefined ? 0x83 : 0x80;
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  return Buffer.concat([header, query.subarray(12, at + 5), ...records]);
}

function bytesOf(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const read = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const groups = [...read(head), ...new Array<number>(8 - read(head).length - read(tail).length).fill(0), ...read(tail)];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

for (const family of ['udp4', 'udp6'] as const) {
  const server = createSocket({ type: family, ipv6Only: family === 'udp6' });
  server.on('message', (message, { port, address }) => {
    const whole = answer(message);
    // Longer ones are cut, as servers do: the client comes by TCP.
    const short = whole.length > 1200 ? Buffer.concat([Buffer.from(whole.subarray(0, 12)), message.subarray(12)]) : whole;
    if (short !== whole) {
      short[2] = (short[2] ?? 0) | 2;
      short.writeUInt16BE(0, 6);
    }
    server.send(short, port, address);
  });
  server.bind(53);
  const echo = createSocket({ type: family, ipv6Only: family === 'udp6' });
  echo.on('message', (message, { port, address }) => {
    log(`udp ${message.toString('latin1').trim()}`);
    echo.send(`ECHO ${message.toString()}`, port, address);
  });
  echo.bind(UDP_PORT);
}
listen(53, (socket) => {
  let bytes = Buffer.alloc(0);
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
    if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
    const reply = answer(bytes.subarray(2, 2 + bytes.readUInt16BE(0)));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(reply.length);
    socket.end(Buffer.concat([length, reply]));
  });
});

/* ---- the web ---- */
const PACKAGE = process.argv[3] ?? '';
const WHEEL = process.argv[4] ?? '';

function respond(scheme: string, request: IncomingMessage, response: ServerResponse): void {
  const host = request.headers.host ?? (request.headers as Record<string, string>)[':authority'] ?? '';
  log(`${scheme} ${request.method} ${host} ${request.url}`);
  const url = request.url ?? '/';
  if (url.startsWith('/tiny-package')) return registry(url, host, scheme, response);
  if (url.startsWith('/repo.git/')) return file(url.replace(/\?.*/, ''), response);
  if (url.startsWith('/simple/')) return index(url, response);
  if (url.startsWith('/bytes/')) {
    const count = Number(url.slice(7));
    response.writeHead(200, { 'content-length': count });
    const piece = Buffer.alloc(256 * 1024, 'x');
    let left = count;
    const more = (): void => {
      while (left > 0) {
        const bytes = piece.subarray(0, left);
        left -= bytes.length;
        if (!response.write(bytes)) return void response.once('drain', more);
      }
      response.end();
    };
    return more();
  }
  const hash = createHash('sha1');
  let size = 0;
  request.on('data', (data: Buffer) => {
    size += data.length;
    hash.update(data);
  });
  request.on('end', () => {
    const body = `SERVED ${scheme} ${request.method} ${host} ${url} body ${size} ${size > 0 ? hash.digest('hex') : '-'}\n`;
    if (url === '/chunked') {
      response.write(body.slice(0, 5));
      setTimeout(() => response.end(body.slice(5)), 20);
    } else response.end(body);
  });
}

/** Of the repository, as plain files. */
function file(url: string, response: ServerResponse): void {
  try {
    response.end(readFileSync(join(folder, url)));
  } catch {
    response.writeHead(404).end();
  }
}

function registry(url: string, host: string, scheme: string, response: ServerResponse): void {
  const tarball = readFileSync(PACKAGE);
  if (url.endsWith('.tgz')) return void response.end(tarball);
  const version = { name: 'tiny-package', version: '1.0.0', dist: { tarball: `${scheme}://${host}/tiny-package/-/tiny-package-1.0.0.tgz`, shasum: createHash('sha1').update(tarball).digest('hex') } };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name: 'tiny-package', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }));
}

function index(url: string, response: ServerResponse): void {
  const file = WHEEL.slice(WHEEL.lastIndexOf('/') + 1);
  if (url.endsWith('.whl')) return void response.end(readFileSync(WHEEL));
  response.setHeader('content-type', 'text/html');
  response.end(`<!DOCTYPE html><html><body><a href="/simple/${file}">${file}</a></body></html>`);
}

const web = createHttp((request, response) => respond('http', request, response));
web.on('upgrade', (request, socket) => upgrade('ws', request, socket as Socket));
web.listen(80, '::');
const secure = createSecureServer({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')), allowHTTP1: true }, (request, response) => respond('https', request as unknown as IncomingMessage, response as unknown as ServerResponse));
secure.on('upgrade', (request, socket) => upgrade('wss', request as IncomingMessage, socket as Socket));
secure.on('sessionError', () => {});
secure.on('tlsClientError', () => {});
secure.listen(443, '::');

/** RFC 6455, so far as to take the client's side of the handshake and send one text. */
function upgrade(scheme: string, request: IncomingMessage, socket: Socket): void {
  log(`${scheme} ${request.headers.host}`);
  const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  const text = Buffer.from(`SERVED ${scheme}`);
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  socket.on('error', () => {});
}

/* ---- others ---- */
function listen(port: number, serve: (socket: Socket) => void): void {
  createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  }).listen({ port, host: '::', backlog: 4096 });
}
listen(BANNER_PORT, (socket) => {
  log('banner connected');
  socket.write('BANNER\r\n');
  socket.on('data', (data) => {
    log(`banner ${data.toString('latin1').trim()}`);
    socket.end(`GOT ${data.toString()}`);
  });
});
listen(ECHO_PORT, (socket) => {
  log('echo connected');
  const pieces: Buffer[] = [];
  socket.on('data', (data) => pieces.push(data));
  // The whole is echoed after the client's half is closed.
  socket.on('end', () => socket.end(Buffer.concat(pieces)));
});
listen(SINK_PORT, (socket) => {
  log('sink connected');
  socket.resume();
  socket.on('end', () => socket.end());
});
listen(LENIENT_PORT, (socket) => serveLeniently(socket, log));
process.stdout.write('ready\n');
