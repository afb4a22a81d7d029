/** One client's HTTP/1 connection: every request is judged before anything of it leaves, then both directions stream. */
import { passBody } from './body.ts';
import { denialResponse, failureResponse } from './denial.ts';
import { HEAD_BYTES_LIMIT, hasHidingUpgrade, isPersistent, type RequestHead, type ResponseHead, readRequestHead, readResponseHead, responseFraming } from './http-head.ts';
import { fieldOf, urlOf } from './http-request.ts';
import { openUpstream, type Origin, type RelayContext, type Route } from './route.ts';
import { type ByteReader, pump, type Side, splice, within, write } from './stream.ts';
import { passTunnel } from './tunnel.ts';

/** A client that sends its head more slowly holds a place that others need. */
const HEAD_MS = 15_000;

/** Ends with the connection. `upstream` is one that is open already. */
export async function serveHttp(client: Side, origin: Origin, context: RelayContext, upstream?: Side): Promise<void> {
  const session = new HttpSession(client, origin, context, upstream);
  try {
    while (await session.next());
  } finally {
    session.close();
  }
}

class HttpSession {
  readonly #client: Side;
  readonly #origin: Origin;
  readonly #context: RelayContext;
  #upstream: Side | undefined;
  #route: string | undefined;
  #isIdle = false;

  constructor(client: Side, origin: Origin, context: RelayContext, upstream: Side | undefined) {
    this.#client = client;
    this.#origin = origin;
    this.#context = context;
    if (upstream !== undefined) this.#use(upstream, `${origin.address}:${origin.port}`);
  }

  close(): void {
    this.#upstream?.socket.destroy();
    this.#client.socket.end();
  }

  /** One request and its answer; false when it was the last. */
  async next(): Promise<boolean> {
    this.#isIdle = true;
    const read = await readHead<RequestHead>(this.#client.reader, readRequestHead);
    this.#isIdle = false;
    if (read.kind === 'end') return false;
    if (read.kind !== 'head') return this.#answer(failureResponse(read.kind === 'late' ? '408 Request Timeout' : '400 Bad Request', read.why));
    const { head, bytes } = read;
    if (!this.#isAdmitted(head)) return this.#answer(failureResponse('407 Proxy Authentication Required', 'this relay serves its own session', ['Proxy-Authenticate: Basic realm="patchwork"']));
    const isProxied = head.method === 'CONNECT' || head.isAbsolute;
    if (!isProxied && this.#origin.address === undefined) return this.#answer(failureResponse('400 Bad Request', 'this is a proxy; it was asked as a server'));
    const verdict = await this.#context.judge.request({ pid: this.#origin.pid, standing: this.#origin.standing, address: this.#origin.address, port: this.#origin.address === undefined ? (head.port ?? 80) : this.#origin.port, host: head.host, namedPort: head.port, isProxied, isTunnel: head.method === 'CONNECT', url: urlOf(head, this.#origin) });
    if (!verdict.isAllowed) return this.#answer(denialResponse(verdict, fieldOf(head.fields, 'accept')));
    const route = await this.#connect(head);
    if (route === undefined) return false;
    return head.method === 'CONNECT' ? this.#tunnel(head, bytes, route) : this.#exchange(head, forwarded(head, bytes, route));
  }

  /** Clients of the relay itself show the session's secret; what the guard hands over has shown it. */
  #isAdmitted(head: RequestHead): boolean {
    return this.#origin.address !== undefined || this.#context.isAdmitted(fieldOf(head.fields, 'proxy-authorization'));
  }

  /** The server of this request: the one before, or a new one. Undefined when the client has been told why not. */
  async #connect(head: RequestHead): Promise<Route | undefined> {
    const key = this.#origin.address === undefined ? `${head.host}:${head.port ?? 80} ${head.method === 'CONNECT'}` : `${this.#origin.address}:${this.#origin.port}`;
    if (this.#upstream !== undefined && this.#route === key && !this.#upstream.socket.destroyed && !this.#upstream.socket.readableEnded) return { side: this.#upstream, how: this.#how };
    const opened = await openUpstream(this.#origin, head, this.#context);
    if (!('side' in opened)) {
      await this.#answer('isAllowed' in opened ? denialResponse(opened, fieldOf(head.fields, 'accept')) : failureResponse('502 Bad Gateway', `${head.host ?? this.#origin.address} cannot be reached: ${opened.message}`));
      return undefined;
    }
    this.#upstream?.socket.destroy();
    this.#how = opened.how;
    this.#use(opened.side, key);
    return opened;
  }

  #how: Route['how'] = 'as-is';

  #use(side: Side, key: string): void {
    this.#upstream = side;
    this.#route = key;
    // Servers hang up on connections that nobody uses; the client hears so, as it would from them.
    const onGone = (): void => {
      if (this.#upstream === side && this.#isIdle) this.#client.socket.end();
    };
    side.socket.once('end', onGone).once('close', onGone);
    this.#client.socket.once('close', () => side.socket.destroy());
    // An end is only told to those who read.
    side.socket.on('readable', () => {});
  }

  async #exchange(head: RequestHead, bytes: Buffer): Promise<boolean> {
    const upstream = this.#upstream as Side;
    const client = this.#client;
    if (!(await write(upstream.socket, bytes))) return false;
    const body = passBody(head.framing, client.reader, upstream.socket);
    const answer = await this.#passAnswer(head, upstream);
    if (answer === 'upgraded') {
      await splice(client, upstream);
      return false;
    }
    if (answer === 'last') {
      upstream.socket.destroy();
      return false;
    }
    return (await body) && isPersistent(head.version, head.fields);
  }

  /** The answer with what announces it (1xx); `last`: nothing can follow it. */
  async #passAnswer(head: RequestHead, upstream: Side): Promise<'next' | 'last' | 'upgraded'> {
    const { socket } = this.#client;
    const isAsked = head.fields.some(({ key }) => key === 'upgrade') && !hasHidingUpgrade(head.fields);
    for (;;) {
      const read = await readHead<ResponseHead>(upstream.reader, readResponseHead, 0);
      if (read.kind !== 'head') {
        // No answer, or none of HTTP/1: it goes to the client as it is, and is the last.
        if (read.kind === 'other' || read.kind === 'broken') {
          upstream.reader.unread(read.bytes);
          await pump(upstream.reader, socket);
        }
        return 'last';
      }
      const answer = read.head;
      if (!(await write(socket, read.bytes))) return 'last';
      if (answer.status === 101) return isAsked ? 'upgraded' : 'last';
      if (answer.status < 200) continue;
      const isWhole = await passBody(responseFraming(head.method, answer), upstream.reader, socket);
      return isWhole && isPersistent(answer.version, answer.fields) ? 'next' : 'last';
    }
  }

  async #tunnel(head: RequestHead, bytes: Buffer, { side, how }: Route): Promise<boolean> {
    const { socket } = this.#client;
    if (how === 'as-is') {
      if (!(await write(side.socket, bytes))) return false;
      const read = await readHead<ResponseHead>(side.reader, readResponseHead, 0);
      if (read.kind !== 'head' || !(await write(socket, read.bytes))) return false;
      if (read.head.status < 200 || read.head.status > 299) {
        await passBody(responseFraming(head.method, read.head), side.reader, socket);
        return false;
      }
    } else if (!(await write(socket, Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')))) return false;
    this.#upstream = undefined;
    await passTunnel(this.#client, side, { pid: this.#origin.pid, address: head.host ?? '', port: head.port ?? 443 }, this.#context);
    return false;
  }

  /** An answer of our own is the last: whatever else the client has sent is not looked at. */
  async #answer(bytes: Buffer): Promise<false> {
    await write(this.#client.socket, bytes);
    return false;
  }
}

type Read<T> =
  | { readonly kind: 'head'; readonly head: T; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'late' | 'broken' | 'other'; readonly why: string; readonly bytes: Buffer };

/** A head, and its bytes as they came. `limitMs` counts from its first byte; 0 is none. */
async function readHead<T extends RequestHead | ResponseHead>(reader: ByteReader, parse: (bytes: Buffer) => T | { readonly kind: 'more' | 'none' } | { readonly kind: 'broken'; readonly why: string }, limitMs = HEAD_MS): Promise<Read<T>> {
  const first = await reader.read();
  if (first === undefined) return { kind: 'end' };
  let bytes = first;
  const until = performance.now() + limitMs;
  for (;;) {
    const read = parse(bytes);
    if (read.kind === 'none') return { kind: 'other', why: 'this is no HTTP', bytes };
    if (read.kind === 'broken') return { kind: 'broken', why: read.why, bytes };
    if (read.kind !== 'more') {
      const head = read as T;
      reader.unread(bytes.subarray(head.length));
      return { kind: 'head', head, bytes: bytes.subarray(0, head.length) };
    }
    if (bytes.length > 2 * HEAD_BYTES_LIMIT) return { kind: 'broken', why: 'its head is too long', bytes };
    const piece = limitMs === 0 ? await reader.read() : await within(Math.max(0, until - performance.now()), reader.read().then((more) => more ?? 'end'));
    if (piece === undefined && limitMs !== 0) return { kind: 'late', why: 'the request was not finished in time', bytes };
    if (piece === undefined || piece === 'end') return { kind: 'broken', why: 'the request was not finished', bytes };
    bytes = Buffer.concat([bytes, piece]);
  }
}

/** The head as the server is to see it. */
function forwarded(head: RequestHead, bytes: Buffer, { how, authorization }: Route): Buffer {
  // A server may not insist on an upgrade (RFC 9110 §7.8).
  const isHiding = hasHidingUpgrade(head.fields);
  if (how === 'as-is' && !isHiding) return bytes;
  const dropped = (key: string): boolean => (how !== 'as-is' && /^proxy-(?:connection|authorization|authenticate)$/.test(key)) || (isHiding && (key === 'upgrade' || key === 'http2-settings'));
  const target = how === 'origin' ? head.target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/^(?=[?#]|$)/, '/') : head.target;
  const fields = head.fields.filter(({ key }) => !dropped(key)).map(({ name, value }) => `${name}: ${value}\r\n`);
  const host = head.fields.some(({ key }) => key === 'host') ? '' : `Host: ${head.host ?? ''}${head.port === undefined || head.port === 80 ? '' : `:${head.port}`}\r\n`;
  return Buffer.from(`${head.method} ${target} HTTP/${head.version}\r\n${host}${fields.join('')}${authorization ?? ''}\r\n`, 'latin1');
}
