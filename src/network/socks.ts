/** SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): for clients of the relay, and for those of the user's own SOCKS proxy. */
import { addressOfBytes } from './address.ts';
import { parseAuthority } from './http-head.ts';
import { type Origin, openUpstream, type RelayContext } from './route.ts';
import { type Side, write } from './stream.ts';
import { passTunnel } from './tunnel.ts';

const USER = 'patchwork';
const DENIED = 2;
const UNREACHABLE = 4;
const UNSUPPORTED = 7;

interface SocksRequest {
  /** As it came, to be handed on. */
  readonly bytes: Buffer;
  readonly host: string;
  readonly port: number;
}

export async function serveSocks(client: Side, origin: Origin, context: RelayContext): Promise<void> {
  try {
    await serve(client, origin, context);
  } finally {
    client.socket.destroySoon();
  }
}

async function serve(client: Side, origin: Origin, context: RelayContext): Promise<void> {
  const proxy = origin.address === undefined ? undefined : await openUpstream(origin, { host: undefined, port: undefined, method: 'CONNECT' }, context);
  if (proxy !== undefined && !('side' in proxy)) return;
  const upstream = proxy?.side;
  client.socket.once('close', () => upstream?.socket.destroy());
  const version = (await client.reader.take(1))?.[0];
  const request = version === 5 ? ((await (upstream === undefined ? admit(client, context) : greet(client, upstream))) ? await readRequest(client) : undefined) : version === 4 && upstream !== undefined ? await readOld(client) : undefined;
  if (request === undefined) return;
  const refuse = (code: number): Promise<boolean> => write(client.socket, Buffer.from(version === 4 ? [0, 91, 0, 0, 0, 0, 0, 0] : [5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  const { host, port } = request;
  const verdict = await context.judge.request({ pid: origin.pid, address: origin.address, port: origin.address === undefined ? port : origin.port, host, namedPort: port, isProxied: true, isTunnel: true, url: undefined });
  if (!verdict.isAllowed) return void (await refuse(DENIED));
  if (upstream === undefined) {
    const route = await openUpstream(origin, { host, port, method: 'CONNECT' }, context);
    if (!('side' in route)) return void (await refuse('isAllowed' in route ? DENIED : UNREACHABLE));
    await write(client.socket, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    return passTunnel(client, route.side, { pid: origin.pid, address: host, port }, context);
  }
  await write(upstream.socket, request.bytes);
  if (await passReply(upstream, client, version === 4)) await passTunnel(client, upstream, { pid: origin.pid, address: host, port }, context);
}

/** The session's secret as the password; there is no way in without it. */
async function admit({ socket, reader }: Side, { secret }: RelayContext): Promise<boolean> {
  const count = (await reader.take(1))?.[0] ?? 0;
  const methods = await reader.take(count);
  if (methods?.includes(2) !== true) {
    await write(socket, Buffer.from([5, 0xff]));
    return false;
  }
  await write(socket, Buffer.from([5, 2]));
  const user = await takeWord(reader, 1);
  const password = await takeWord(reader, 0);
  const isGood = user?.toString() === USER && password?.toString() === secret;
  await write(socket, Buffer.from([1, isGood ? 0 : 1]));
  return isGood;
}

async function takeWord(reader: Side['reader'], before: number): Promise<Buffer | undefined> {
  const head = await reader.take(before + 1);
  return head === undefined ? undefined : reader.take(head[before] ?? 0);
}

/** Client and proxy agree on how the client says who it is. */
async function greet(client: Side, upstream: Side): Promise<boolean> {
  const count = await client.reader.take(1);
  const methods = await client.reader.take(count?.[0] ?? 0);
  if (count === undefined || methods === undefined) return false;
  await write(upstream.socket, Buffer.concat([Buffer.from([5]), count, methods]));
  const choice = await upstream.reader.take(2);
  if (choice?.[0] !== 5 || !(await write(client.socket, choice))) return false;
  if (choice[1] === 0) return true;
  // Other ways to say it (GSSAPI) may encrypt what follows.
  if (choice[1] !== 2) return false;
  const user = await client.reader.take(2);
  const name = user === undefined ? undefined : await client.reader.take((user[1] ?? 0) + 1);
  const password = name === undefined ? undefined : await client.reader.take(name[name.length - 1] ?? 0);
  if (user === undefined || name === undefined || password === undefined) return false;
  await write(upstream.socket, Buffer.concat([user, name, password]));
  const answer = await upstream.reader.take(2);
  return answer !== undefined && (await write(client.socket, answer)) && answer[1] === 0;
}

async function readRequest({ socket, reader }: Side): Promise<SocksRequest | undefined> {
  const head = await reader.take(4);
  if (head?.[0] !== 5) return undefined;
  const kind = head[3];
  const length = kind === 3 ? await reader.take(1) : Buffer.alloc(0);
  const body = kind === 1 || kind === 4 || length?.[0] !== undefined ? await reader.take(kind === 1 ? 4 : kind === 4 ? 16 : (length?.[0] ?? 0)) : undefined;
  const port = await reader.take(2);
  // BIND and UDP ASSOCIATE open doors that nobody judges.
  if (head[1] !== 1 || length === undefined || body === undefined || port === undefined) {
    await write(socket, Buffer.from([5, UNSUPPORTED, 0, 1, 0, 0, 0, 0, 0, 0]));
    return undefined;
  }
  const host = kind === 3 ? parseAuthority(body.toString('latin1'))?.host : addressOfBytes(body);
  return host === undefined ? undefined : { host, port: port.readUInt16BE(0), bytes: Buffer.concat([head, length, body, port]) };
}

/** SOCKS 4, with the name behind an address that none has (4a). */
async function readOld({ reader }: Side): Promise<SocksRequest | undefined> {
  const head = await reader.take(7);
  const user = await takeText(reader);
  if (head?.[0] !== 1 || user === undefined) return undefined;
  const isNamed = head[3] === 0 && head[4] === 0 && head[5] === 0 && head[6] !== 0;
  const name = isNamed ? await takeText(reader) : Buffer.alloc(0);
  if (name === undefined) return undefined;
  const host = isNamed ? parseAuthority(name.subarray(0, -1).toString('latin1'))?.host : addressOfBytes(head.subarray(3, 7));
  return host === undefined ? undefined : { host, port: head.readUInt16BE(1), bytes: Buffer.concat([Buffer.from([4]), head, user, name]) };
}

/** Up to a NUL, with it. */
async function takeText(reader: Side['reader']): Promise<Buffer | undefined> {
  let text = Buffer.alloc(0);
  while (text.length < 256) {
    const next = await reader.take(1);
    if (next === undefined) return undefined;
    text = Buffer.concat([text, next]);
    if (next[0] === 0) return text;
  }
  return undefined;
}

/** The proxy's reply, to the client as it is; true when it has connected. */
async function passReply(upstream: Side, client: Side, isOld: boolean): Promise<boolean> {
  const head = await upstream.reader.take(isOld ? 8 : 5);
  if (head === undefined) return false;
  const rest = isOld ? 0 : 2 + (head[3] === 1 ? 3 : head[3] === 4 ? 15 : (head[4] ?? 0));
  const tail = await upstream.reader.take(rest);
  if (tail === undefined || !(await write(client.socket, Buffer.concat([head, tail])))) return false;
  return isOld ? head[1] === 90 : head[1] === 0;
}
