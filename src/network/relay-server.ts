/**
 * The relay in the session: HTTP connections that the guard hands over, and clients that want a proxy (CONNECT, absolute
 * targets, SOCKS 5). On loopback, for those alone who show one of two secrets: the guard's, or the session's.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { serveHttp } from './http-session.ts';
import type { NetworkJudge } from './judge.ts';
import { findPeer, holderOf } from './peer-process.ts';
import type { UpstreamProxies } from './proxies.ts';
import type { Origin, RelayContext } from './route.ts';
import { serveSocks } from './socks.ts';
import { BUFFER_BYTES, type Side, sideOf, within } from './stream.ts';

/** Connections at once; each takes some 100 KiB at worst. Further ones are closed. */
const CONNECTIONS_LIMIT = 8192;
const BACKLOG = 4096;
const FIRST_BYTE_MS = 30_000;
const PREFACE_LIMIT = 256;
const MARK = 'PATCHWORK/1';

export class RelayServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #context: RelayContext;
  /** Known to the guard alone. */
  readonly #guardSecret = randomBytes(24).toString('hex');
  /** For proxy variables: the agent and what it starts may know it, other users of the machine do not. */
  readonly secret = randomBytes(18).toString('hex');

  constructor(judge: NetworkJudge, proxies: UpstreamProxies) {
    const expected = `Basic ${Buffer.from(`patchwork:${this.secret}`).toString('base64')}`;
    this.#context = { judge, proxies, secret: this.secret, isAdmitted: (field) => field !== undefined && isSame(field, expected) };
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: BUFFER_BYTES }, (socket) => void this.#accept(socket));
    this.#server.maxConnections = CONNECTIONS_LIMIT;
  }

  /** Resolves with the port on 127.0.0.1. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {});
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The line that the guard sends before the client's bytes. */
  preface({ pid, standing, address, port }: { readonly pid: number; readonly standing: number; readonly address: string; readonly port: number }): string {
    return `${MARK} ${this.#guardSecret} ${pid} ${standing} ${address} ${port}\n`;
  }

  async #accept(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const side = sideOf(socket);
    try {
      await this.#serve(side);
    } catch {
      socket.destroy();
    }
  }

  async #serve(side: Side): Promise<void> {
    const first = await within(FIRST_BYTE_MS, readPreface(side).then((line) => line ?? 'gone'));
    if (first === undefined || first === 'gone') return void side.socket.destroy();
    const origin = first.startsWith(MARK) ? this.#handedOver(first) : this.#own(side.socket);
    if (origin === undefined) return void side.socket.destroy();
    const start = await side.reader.read();
    if (start === undefined) return void side.socket.end();
    side.reader.unread(start);
    if (start[0] === 4 || start[0] === 5) return serveSocks(side, origin, this.#context);
    return serveHttp(side, origin, this.#context);
  }

  #handedOver(line: string): Origin | undefined {
    const [, secret = '', pid, standing, address = '', port] = line.trim().split(' ');
    if (!isSame(secret, this.#guardSecret)) return undefined;
    return { pid: Number(pid), standing: Number(standing), address, port: Number(port) };
  }

  /** A client of our own: of this user, on this machine. */
  #own(socket: Socket): Origin | undefined {
    if (process.platform !== 'linux') return { pid: process.pid, address: undefined, port: 0 };
    const peer = findPeer(socket.remotePort ?? 0, socket.localPort ?? 0);
    if (peer === undefined || peer.uid !== process.getuid?.()) return undefined;
    return { pid: holderOf(peer.inode), address: undefined, port: 0 };
  }
}

/** The guard's line, or the empty text where the first byte is none of its; undefined when nothing comes. */
async function readPreface({ reader }: Side): Promise<string | undefined> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const piece = await reader.read();
    if (piece === undefined) return undefined;
    bytes = Buffer.concat([bytes, piece]);
    const isMark = MARK.startsWith(bytes.toString('latin1', 0, Math.min(bytes.length, MARK.length)));
    const end = bytes.indexOf(10);
    if (!isMark || (end < 0 && bytes.length > PREFACE_LIMIT)) {
      reader.unread(bytes);
      return '';
    }
    if (end < 0) continue;
    reader.unread(bytes.subarray(end + 1));
    return bytes.toString('latin1', 0, end);
  }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
