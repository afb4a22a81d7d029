/** Connections of the relay to servers: to addresses that were permitted, or by way of the user's own proxy. */
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net';
import type { UpstreamProxy } from './proxies.ts';
import { readResponseHead } from './http-head.ts';
import { BUFFER_BYTES, type Side, sideOf, within } from './stream.ts';

/** A client that hears nothing for long gives up by itself; this only keeps half-open connections from piling up. */
const CONNECT_MS = 60_000;
const PROXY_MS = 30_000;

/** The addresses in turn; the error of the last one when none can be reached. */
export async function connectTo(addresses: readonly string[], port: number): Promise<Side | Error> {
  let last: Error = new Error('it has no address');
  for (const address of addresses) {
    const side = await connectOnce(address, port);
    if (!(side instanceof Error)) return side;
    last = side;
  }
  return last;
}

function connectOnce(host: string, port: number): Promise<Side | Error> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host, port, allowHalfOpen: true, keepAlive: true, highWaterMark: BUFFER_BYTES } as NetConnectOpts);
    const timer = setTimeout(() => socket.destroy(new Error('it does not answer')), CONNECT_MS);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      resolve(error);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(sideOf(socket));
    });
  });
}

/** A tunnel through the proxy to `host`, which the proxy looks up. */
export async function connectThrough(proxy: UpstreamProxy, host: string, port: number): Promise<Side | Error> {
  const side = await connectOnce(proxy.host, proxy.port);
  if (side instanceof Error) return side;
  const opened = await within(PROXY_MS, proxy.kind === 'http' ? openHttp(side, proxy, host, port) : openSocks(side, proxy, host, port));
  if (opened === undefined || opened instanceof Error) {
    side.socket.destroy();
    return opened ?? new Error('the proxy does not answer');
  }
  return side;
}

export function proxyAuthorization({ credentials }: UpstreamProxy): string {
  return credentials === undefined ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
}

async function openHttp({ socket, reader }: Side, proxy: UpstreamProxy, host: string, port: number): Promise<true | Error> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proxyAuthorization(proxy)}\r\n`);
  let bytes = Buffer.alloc(0);
  for (;;) {
    const piece = await reader.read();
    if (piece === undefined) return new Error('the proxy hung up');
    bytes = Buffer.concat([bytes, piece]);
    const head = readResponseHead(bytes);
    if (head.kind === 'more') continue;
    if (head.kind !== 'response') return new Error('the proxy gave no HTTP answer');
    if (head.status < 200 || head.status > 299) return new Error(`the proxy answered ${head.status}`);
    reader.unread(bytes.subarray(head.length));
    return true;
  }
}

/** RFC 1928, RFC 1929. */
async function openSocks({ socket, reader }: Side, { credentials }: UpstreamProxy, host: string, port: number): Promise<true | Error> {
  socket.write(Buffer.from(credentials === undefined ? [5, 1, 0] : [5, 2, 0, 2]));
  const choice = await reader.take(2);
  if (choice?.[0] !== 5 || (choice[1] !== 0 && choice[1] !== 2)) return new Error('the proxy takes no such client');
  if (choice[1] === 2) {
    const [user = '', ...rest] = (credentials ?? '').split(':');
    const words = [Buffer.from(user), Buffer.from(rest.join(':'))].map((word) => word.subarray(0, 255));
    socket.write(Buffer.concat([Buffer.from([1]), ...words.flatMap((word) => [Buffer.from([word.length]), word])]));
    if ((await reader.take(2))?.[1] !== 0) return new Error('the proxy does not take the password');
  }
  const name = Buffer.from(host).subarray(0, 255);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]));
  const head = await reader.take(5);
  if (head?.[0] !== 5 || head[1] !== 0) return new Error(`the proxy could not connect (${head?.[1] ?? 'it hung up'})`);
  const rest = head[3] === 1 ? 3 : head[3] === 4 ? 15 : (head[4] ?? 0);
  return (await reader.take(rest + 2)) === undefined ? new Error('the proxy hung up') : true;
}
